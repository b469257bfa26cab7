using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FloodActors.Diagnostics;
using k8s;
using k8s.Models;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace FloodActors.Hosting.Tests;

/// <summary>
/// What is in deploy/ cannot run where these tests do. So it is read, and what it says of ports, paths, options,
/// variables and metrics is compared with what there is.
/// </summary>
public sealed partial class DeploymentTests
{
    private const string LinkPort = "4053";
    private const string HttpPort = "8080";

    private static readonly string[] s_pods = ["flood-0", "flood-1", "flood-2"];

    [Fact]
    public void The_image_holds_the_node_program_its_configuration_and_ports_and_a_user_without_rights()
    {
        var lines = Read("deploy/Dockerfile").Split('\n');
        var entry = JsonSerializer.Deserialize<string[]>(Instruction("ENTRYPOINT"))!;
        Assert.Equal(["dotnet", "/app/FloodActors.Host.dll", "--config", "/etc/flood/node.conf"], entry);
        Assert.Contains("COPY hocon/container.conf /etc/flood/node.conf", lines);
        Assert.Equal($"{LinkPort} {HttpPort}", Instruction("EXPOSE"));
        Assert.Equal("$APP_UID", Instruction("USER"));
        AssertOptions([.. entry.Where(word => word.StartsWith("--", StringComparison.Ordinal)),
            .. JsonSerializer.Deserialize<string[]>(Instruction("CMD"))!]);
        foreach (var copy in lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal)
            && !line.Contains("--from", StringComparison.Ordinal)))
            foreach (var source in copy.Split(' ')[1..^1]) Assert.True(Path.Exists(HoconReferenceTests.PathOf(source)),
                $"there is no {source}");
        var sdk = JsonDocument.Parse(Read("global.json")).RootElement.GetProperty("sdk").GetProperty("version")
            .GetString()!;
        Assert.All(lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line =>
            Assert.Contains($":{sdk[..4]}", line, StringComparison.Ordinal));

        string Instruction(string name) =>
            lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];
    }

    [Fact]
    public void The_composed_nodes_name_each_other_as_they_go_by()
    {
        var file = Yaml("deploy/compose.yaml").Single();
        var services = Map(file["services"]);
        Assert.Equal(3, services.Count);
        foreach (var (name, value) in services)
        {
            var service = Map(value);
            var environment = Map(service["environment"]).ToDictionary(pair => pair.Key, pair => (string)pair.Value);
            Assert.Equal(name, environment["FLOOD_HOST"]);
            Assert.Equal(LinkPort, environment["FLOOD_PORT"]);
            AssertVariables(environment.Keys);
            Assert.Equal(services.Keys.Where(other => other != name).Select(other => $"{other}:{LinkPort}"),
                environment.Where(p => p.Key.StartsWith("FLOOD_PEER", StringComparison.Ordinal)).Select(p => p.Value));
            var port = Assert.Single(List(service["ports"]));
            Assert.Matches(@"^127\.0\.0\.1:\d+:8080$", port);
            Assert.Contains("/healthz", List(Map(service["healthcheck"])["test"])[^1], StringComparison.Ordinal);
            Assert.True(File.Exists(HoconReferenceTests.PathOf((string)Map(service["build"])["dockerfile"])));
            Assert.True(Seconds((string)service["stop_grace_period"]) > LeaveTimeout);
        }
    }

    [Fact]
    public void The_pods_name_each_other_as_they_go_by_and_are_probed_and_given_time_to_leave()
    {
        var documents = Yaml("deploy/kubernetes/flood.yaml");
        var service = documents.Single(d => (string)d["kind"] == "Service");
        Assert.Equal(("None", "true"),
            ((string)Map(service["spec"])["clusterIP"], (string)Map(service["spec"])["publishNotReadyAddresses"]));

        var set = Map(documents.Single(d => (string)d["kind"] == "StatefulSet")["spec"]);
        Assert.Equal(Map(service["metadata"])["name"], set["serviceName"]);
        Assert.Equal(s_pods.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), set["replicas"]);
        var pod = Map(Map(set["template"])["spec"]);
        Assert.True(Seconds(pod["terminationGracePeriodSeconds"] + "s") > LeaveTimeout);
        Assert.Equal("true", Map(pod["securityContext"])["runAsNonRoot"]);
        var container = Map(Items(pod["containers"]).Single());
        AssertOptions(List(container["args"]));
        var ports = Items(container["ports"]).Select(Map)
            .ToDictionary(port => (string)port["name"], port => (string)port["containerPort"]);
        Assert.Equal((LinkPort, HttpPort), (ports["flood"], ports["http"]));
        foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
        {
            var get = Map(Map(container[probe])["httpGet"]);
            Assert.Equal(("/healthz", "http"), ((string)get["path"], (string)get["port"]));
        }

        var variables = Items(container["env"]).Select(Map)
            .ToDictionary(entry => (string)entry["name"], entry => (string)entry.GetValueOrDefault("value", ""));
        AssertVariables(variables.Keys);
        Assert.Equal(("$(POD_NAME).flood", LinkPort), (variables["FLOOD_HOST"], variables["FLOOD_PORT"]));
        Assert.Equal(s_pods.Select(name => $"{name}.flood:{LinkPort}"),
            variables.Where(p => p.Key.StartsWith("FLOOD_PEER", StringComparison.Ordinal)).Select(p => p.Value));

        // Everything selects the pods by the label that they have.
        var label = Map(Map(Map(set["template"])["metadata"])["labels"])["app.kubernetes.io/name"];
        Assert.All(Label().Matches(Read("deploy/kubernetes/flood.yaml")), match =>
            Assert.Equal(label, match.Groups[1].Value));
    }

    [Fact]
    public void The_manifests_agree_with_the_schema_of_Kubernetes()
    {
        var manifests = Read("deploy/kubernetes/flood.yaml");
        Assert.Equal(
            [typeof(V1Service), typeof(V1StatefulSet), typeof(V1PodDisruptionBudget), typeof(V1NetworkPolicy)],
            Parse(manifests).Select(parsed => parsed.GetType()));
        // It can fail: on a field that there is not, and on a value of the wrong type.
        AssertWrong("replica: 3");
        AssertWrong("replicas: [3]");

        void AssertWrong(string line) => Assert.ThrowsAny<YamlException>(() =>
            Parse(manifests.Replace("replicas: 3", line, StringComparison.Ordinal)));

        static List<object> Parse(string text) => KubernetesYaml.LoadAllFromString(text, strict: true);
    }

    [Fact]
    public void The_dashboard_and_the_alerts_name_metrics_that_exist_and_the_dashboard_all_of_them()
    {
        var exported = ExportedNames();
        var dashboard = JsonDocument.Parse(Read("deploy/grafana/flood.json"));
        var shown = Expressions(dashboard.RootElement).SelectMany(NamesIn).ToHashSet();
        var alerts = Items(Yaml("deploy/prometheus/alerts.yml").Single()["groups"])
            .SelectMany(group => Items(Map(group)["rules"])).Select(Map).ToList();
        Assert.All(alerts, alert =>
            Assert.Equal(["alert", "annotations", "expr", "labels"], alert.Keys.Where(key => key != "for").Order()));
        Assert.Empty(shown.Except(exported));
        Assert.Empty(alerts.SelectMany(alert => NamesIn((string)alert["expr"])).Except(exported));
        Assert.Empty(exported.Except(shown));
    }

    /// <summary>Names by OpenTelemetry's rules for Prometheus, as the node program's /metrics has them, too.</summary>
    private static HashSet<string> ExportedNames()
    {
        var names = new HashSet<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name != FloodDiagnostics.MeterName) return;
            var name = instrument.Name.Replace('.', '_');
            var unit = instrument.Unit switch { "By" => "bytes", "s" => "seconds", _ => "" };
            if (!name.EndsWith(unit, StringComparison.Ordinal)) name += $"_{unit}";
            names.Add(instrument is ObservableCounter<long> ? $"{name}_total" : name);
        };
        listener.Start();
        // The instruments are made with the first flood.
        using var system = Akka.Actor.ActorSystem.Create("metrics", "akka { loglevel = OFF, stdout-loglevel = OFF }");
        Assert.NotNull(Flood.Get(system));
        SpinWait.SpinUntil(() => names.Count > 0, TimeSpan.FromSeconds(20));
        return names;
    }

    private static IEnumerable<string> NamesIn(string expression) => Metric().Matches(expression)
        .Select(match => match.Value)
        .Where(name => name is not ("flood_node" or "flood_name" or "flood_peer"))
        .Select(name => Regex.Replace(name, "_(bucket|count|sum)$", ""));

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(p => p.Name == "expr" ? [p.Value.GetString()!] : Expressions(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    /// <summary>Those that the guide to the node program lists; other tests hold that to the program.</summary>
    private static void AssertOptions(IEnumerable<string> words)
    {
        var guide = Read("docs/node-program.md");
        Assert.All(words.Where(word => word.StartsWith("--", StringComparison.Ordinal)), word =>
            Assert.Matches($@"\| `{word}[ `]", guide));
    }

    /// <summary>Variables of ours that hocon/container.conf reads.</summary>
    private static void AssertVariables(IEnumerable<string> names)
    {
        var known = Variable().Matches(Read("hocon/container.conf")).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.All(names.Where(name => name.StartsWith("FLOOD_", StringComparison.Ordinal)), name =>
            Assert.Contains(name, known));
        Assert.Contains("FLOOD_HOST", names);
    }

    private static double LeaveTimeout => new FloodSettings().LeaveTimeout.TotalSeconds;

    private static int Seconds(string text) => int.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture);

    private static string Read(string file) =>
        File.ReadAllText(HoconReferenceTests.PathOf(file)).ReplaceLineEndings("\n");

    private static List<Dictionary<string, object>> Yaml(string file)
    {
        var parser = new MergingParser(new Parser(new StringReader(Read(file))));
        var deserializer = new DeserializerBuilder().Build();
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        var documents = new List<Dictionary<string, object>>();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _)) documents.Add(
            Map(deserializer.Deserialize(parser)!));
        return documents;
    }

    private static Dictionary<string, object> Map(object value) =>
        ((IDictionary<object, object>)value).ToDictionary(pair => (string)pair.Key, pair => pair.Value);

    private static List<object> Items(object value) => (List<object>)value;

    private static List<string> List(object value) => Items(value).Cast<string>().ToList();

    [GeneratedRegex("flood_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\$\{\??(FLOOD_\w+)\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"app\.kubernetes\.io/name: (\S+)")]
    private static partial Regex Label();
}
