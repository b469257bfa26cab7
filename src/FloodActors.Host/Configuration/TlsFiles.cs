using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;

namespace FloodActors.Host.Configuration;

/// <summary>
/// Opens the certificate that a configuration names before Akka does. If it is missing, or the password is
/// wrong, Akka reports an OpenSSL error that names neither the key nor the file.
/// </summary>
internal static class TlsFiles
{
    private const string Tcp = "akka.remote.dot-netty.tcp";
    private const string Certificate = $"{Tcp}.ssl.certificate";

    /// <exception cref="HostException">TLS is on, and its certificate cannot be used.</exception>
    public static void Check(Config config)
    {
        if (!config.GetBoolean($"{Tcp}.enable-ssl", false)) return;
        if (config.GetBoolean($"{Certificate}.use-thumbprint-over-file", false)) return;
        var path = config.GetString($"{Certificate}.path", "");
        if (string.IsNullOrEmpty(path))
            throw HostException.Usage(
                $"{Certificate}.path is not set: with {Tcp}.enable-ssl = on a node needs a certificate (.pfx).");
        try
        {
            using var certificate = X509CertificateLoader.LoadPkcs12FromFile(
                path, config.GetString($"{Certificate}.password", ""));
            if (!certificate.HasPrivateKey)
                throw HostException.Usage($"{Named(path)} holds no private key; a node needs that of its certificate.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw HostException.Usage(Explain(path, e), e);
        }
    }

    private static string Explain(string path, Exception e)
    {
        if (!File.Exists(path))
            return $"{Named(path)}: there is no such file. A relative path starts at the current directory.";
        if (!CanRead(path)) return $"{Named(path)}: this user may not read the file.";
        return $"{Named(path)} cannot be opened: it is not PKCS#12 (.pfx), or {Certificate}.password is wrong "
            + $"({e.Message}).";
    }

    private static bool CanRead(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Named(string path) =>
        Path.IsPathRooted(path)
            ? $"{Certificate}.path = {path}"
            : $"{Certificate}.path = {path} ({Path.GetFullPath(path)})";
}
