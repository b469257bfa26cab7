namespace FloodActors.Host.Tests;

public sealed class DiscoveryTests
{
    [Fact]
    public async Task Nodes_that_name_no_peers_find_each_other_under_a_service_name()
    {
        var (one, two) = (FreePort.Next(), FreePort.Next());
        using var file = new ConfigFile(Services("chat", one, two));
        await using var first = await NodeProcess.Start(
            "first", "--config", file.Path, "--port", $"{one}", "--discover", "chat");
        await using var second = await NodeProcess.Start(
            "second", "--config", file.Path, "--port", $"{two}", "--discover", "chat");
        await first.Until("they are linked", () => first.Count("connected", "second") > 0, seconds: 60);
        await second.Type("from the second");
        await first.Until("it has it", () => first.Received.Contains("from the second"));
    }

    [Fact]
    public async Task The_service_name_may_stand_in_the_file()
    {
        var (one, two) = (FreePort.Next(), FreePort.Next());
        using var file = new ConfigFile($"{Services("chat", one, two)}\nflood.discovery.service-name = chat");
        await using var first = await NodeProcess.Start("first", "--config", file.Path, "--port", $"{one}");
        await using var second = await NodeProcess.Start("second", "--config", file.Path, "--port", $"{two}");
        await second.Until("they are linked", () => second.Count("connected", "first") > 0, seconds: 60);
    }

    [Fact]
    public async Task A_name_is_looked_up_in_DNS_when_no_file_says_otherwise()
    {
        var port = FreePort.Next();
        // The name stands for the address of the first node, and the port is that of the node that asks.
        using var file = new ConfigFile($"flood.discovery.port = {port}");
        await using var first = await NodeProcess.Start("first", "--port", $"{port}");
        await using var second = await NodeProcess.Start("second", "--config", file.Path, "--discover", "localhost");
        await second.Until("they are linked", () => second.Count("connected", "first") > 0, seconds: 60);
    }

    private static string Services(string name, params int[] ports) =>
        $$"""
        akka.discovery {
          method = config
          config.services.{{name}}.endpoints = [{{string.Join(", ", ports.Select(port => $"\"127.0.0.1:{port}\""))}}]
        }
        """;
}
