namespace FloodActors.Host.Tests;

/// <summary>A file for <c>--config</c>, gone with its test, however that ends.</summary>
internal sealed class ConfigFile : IDisposable
{
    public ConfigFile(string hocon) => File.WriteAllText(Path, hocon);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
