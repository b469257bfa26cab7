namespace FloodActors.Host;

/// <summary>The program ends: one line for the user, and the exit code.</summary>
internal sealed class HostException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The request cannot be carried out: bad options, bad configuration, a port in use.</summary>
    public static HostException Usage(string message, Exception? inner = null) => new(ExitCodes.Usage, message, inner);

    /// <summary>The request was carried out and failed.</summary>
    public static HostException Failed(string message) => new(ExitCodes.Failed, message);
}

/// <summary>The exit codes that scripts see.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>
    /// The reader of standard output has gone: 128 plus the number of SIGPIPE, the exit code of other programs in that
    /// case.
    /// </summary>
    public const int ReaderGone = 141;
}
