using System.Diagnostics;

namespace FloodActors.Host.Tests;

/// <summary>The files in hocon/, started as they are but for ports, which the system chooses.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly string _certificates = Directory.CreateTempSubdirectory("flood-certs-").FullName;

    public void Dispose() => Directory.Delete(_certificates, recursive: true);

    [Fact]
    public async Task One_node_starts_with_the_name_and_capacity_of_its_file()
    {
        await using var node = await NodeProcess.StartWith("--config", "hocon/one-node.conf", "--port", "0");
        Assert.Equal("one", node.Name);
        await using var other = await NodeProcess.Start("other", "--peer", node.Address);
        await node.Connected("other");
    }

    [Fact]
    public async Task Three_nodes_that_name_each_other_link_in_any_order()
    {
        var ports = new[] { "a", "b", "c" }.ToDictionary(name => name, _ => FreePort.Next());
        string[] Arguments(string name) =>
            ["--config", $"hocon/node-{name}.conf", "--port", $"{ports[name]}",
                .. ports.Where(p => p.Key != name).SelectMany(p => new[] { "--peer", $"127.0.0.1:{p.Value}" })];
        await using var c = await NodeProcess.StartWith(Arguments("c"));
        await using var a = await NodeProcess.StartWith(Arguments("a"));
        await using var b = await NodeProcess.StartWith(Arguments("b"));
        foreach (var (node, peers) in new[] { (a, "bc"), (b, "ac"), (c, "ab") })
            foreach (var peer in peers) await node.Connected($"{peer}");
        await b.Type("hello");
        await a.Until("it has the message", () => a.Received.SequenceEqual(["hello"]));
        await c.Until("it has the message", () => c.Received.SequenceEqual(["hello"]));
    }

    [Fact]
    public async Task A_container_is_configured_by_its_environment()
    {
        const string Config = "hocon/container.conf";
        await using var one = await NodeProcess.StartIn(
            AppContext.BaseDirectory, new() { ["FLOOD_HOST"] = "127.0.0.1", ["FLOOD_PORT"] = "0",
                ["FLOOD_NAME"] = "one" }, "--config", Config);
        Assert.Equal("one", one.Name);
        await using var two = await NodeProcess.StartIn(
            AppContext.BaseDirectory,
            new() { ["FLOOD_HOST"] = "127.0.0.1", ["FLOOD_PORT"] = "0", ["FLOOD_PEER_2"] = one.Address,
                ["FLOOD_CAPACITY"] = "1" },
            "--config",
            Config);
        Assert.Equal(two.Address, two.Name);
        await two.Connected("one");
        await two.Type("first");
        await two.Type("second");
        await two.Until("its capacity is 1", () => two.Count("dropped") == 1);
    }

    [Fact]
    public async Task The_peers_in_the_three_files_are_each_others_ports()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            var text = await File.ReadAllTextAsync($"hocon/node-{name}.conf");
            foreach (var port in new[] { 4061, 4062, 4063 }) Assert.Contains($"{port}", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Leaves_from_one_file_flood_through_the_hub()
    {
        await using var hub = await NodeProcess.StartWith("--config", "hocon/hub.conf", "--port", "0");
        Assert.Equal("hub", hub.Name);
        await using var one = await NodeProcess.StartWith("--config", "hocon/leaf.conf", "--peer", hub.Address);
        await using var two = await NodeProcess.StartWith("--config", "hocon/leaf.conf", "--peer", hub.Address);
        Assert.NotEqual(one.Name, two.Name);
        await one.Connected("hub");
        await two.Connected("hub");
        await one.Type("hello");
        await two.Until("it has the message", () => two.Received.SequenceEqual(["hello"]));
    }

    [Fact]
    public async Task With_TLS_only_nodes_with_a_certificate_of_the_authority_link()
    {
        await MakeCertificates("certs");
        await MakeCertificates("strangers");
        var ours = Path.Combine(_certificates, "certs", "ca");
        var config = Path.GetFullPath("hocon/tls.conf");
        await using var a = await NodeProcess.StartIn(_certificates, Trusting(ours), "--config", config, "--name", "a",
            "--port", "0");
        await using var b = await NodeProcess.StartIn(_certificates, Trusting(ours), "--config", config, "--name", "b",
            "--port", "0", "--peer", a.Address);
        await a.Connected("b");
        await b.Type("secret");
        await a.Until("the message is there", () => a.Received.SequenceEqual(["secret"]));

        // A stranger's certificate is from another authority; it trusts ours, so it is a that has to refuse.
        var strangers = Path.Combine(_certificates, "strangers.conf");
        await File.WriteAllTextAsync(strangers, (await File.ReadAllTextAsync(config))
            .Replace("certs/node.pfx", "strangers/node.pfx", StringComparison.Ordinal));
        await using var stranger = await NodeProcess.StartIn(_certificates, Trusting(ours), "--config", strangers,
            "--name", "stranger", "--port", "0", "--peer", a.Address);
        await using var plain = await NodeProcess.Start("plain", "--peer", a.Address);
        await stranger.Until("it is told that nobody answers", () => stranger.Count("unreachable") == 1);
        await plain.Until("it is told that nobody answers", () => plain.Count("unreachable") == 1);
        await b.Type("still secret");
        await a.Until("the others go on", () => a.Received.SequenceEqual(["secret", "still secret"]));
        Assert.Equal(1, a.Count("connected"));
        Assert.Empty(stranger.Received.Concat(plain.Received));

        // Whom it dials may be anybody: another authority's node, one without TLS. Both are told, and nobody ends.
        await a.Type($"/connect {stranger.Address}");
        await a.Type($"/connect {plain.Address}");
        await a.Until("it is told of both", () => a.Count("unreachable") == 2);
        await using var c = await NodeProcess.StartIn(_certificates, Trusting(ours), "--config", config, "--name", "c",
            "--port", "0");
        await a.Type($"/connect {c.Address}");
        await a.Connected("c");
        foreach (var node in new[] { stranger, plain, c })
        {
            await node.Type("/quit");
            Assert.Equal(0, await node.Ended());
        }
    }

    private static Dictionary<string, string> Trusting(string directory) =>
        new() { ["SSL_CERT_FILE"] = Path.Combine(directory, "ca.pem"), ["SSL_CERT_DIR"] = directory };

    private async Task MakeCertificates(string directory)
    {
        var start = new ProcessStartInfo("bash", [Path.GetFullPath("hocon/make-certs.sh"), directory,
            "node"]) { WorkingDirectory = _certificates, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }
}
