using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FloodActors.Host.Http;
using FloodActors.Host.Output;

namespace FloodActors.Host.Tests;

public sealed class HttpTests
{
    [Fact]
    public async Task What_is_served_agrees_with_what_the_node_says_of_itself()
    {
        await using var a = await NodeProcess.Start("a", "--http", "127.0.0.1:0");
        using var http = await Client(a);
        Assert.Equal("isolated", (await Get(http, "/healthz")).GetProperty("status").GetString());
        await using var b = await NodeProcess.Start("b", "--peer", a.Address);
        await a.Connected("b");
        Assert.Equal("healthy", (await Get(http, "/healthz")).GetProperty("status").GetString());
        for (var i = 0; i < 150; i++) await b.Type($"m{i}");
        await a.Until("it has them", () => a.Count("message") == 150);
        using (var appended = await Post(http, """{"text":"from the page"}"""))
        {
            Assert.Equal(HttpStatusCode.OK, appended.StatusCode);
            Assert.True(JsonDocument.Parse(await appended.Content.ReadAsStringAsync()).RootElement.GetProperty("new")
                .GetBoolean());
        }
        await b.Until("it has what was posted", () => b.Received.Contains("from the page"));

        var stats = (await a.Ask("/stats", "stats")).EnumerateObject()
            .ToDictionary(stat => stat.Name, stat => stat.Value);
        var served = await Get(http, "/api/stats");
        Assert.Equal(
            stats.Keys.Where(name => name != "event"), served.EnumerateObject().Select(stat => stat.Name));
        var metrics = await http.GetStringAsync("/metrics");
        foreach (var counter in CounterInfo.All)
        {
            var count = stats[JsonNamingPolicy.CamelCase.ConvertName(counter.Name)].GetInt64();
            var reason = counter.Reason is null ? "" : $",reason=\"{counter.Reason}\"";
            Assert.Equal(count, Metric(metrics, $"{Prometheus(counter.Metric)}_total{{{Labels("a")}{reason}}}"));
        }
        Assert.Equal(150, stats["delivered"].GetInt64());
        Assert.Equal(51, stats["dropped"].GetInt64());
        Assert.All(
            metrics.Split('\n').Where(line => line.StartsWith("flood_", StringComparison.Ordinal)),
            line => Assert.Contains(Labels("a"), line, StringComparison.Ordinal));
        Assert.Equal(150, Metric(metrics, $"flood_delivery_hops_count{{{Labels("a")}}}"));
        Assert.Equal("b", (await Get(http, "/api/peers")).GetProperty("peers")[0].GetProperty("peer").GetString());
        Assert.Equal(100, (await Get(http, "/api/data")).GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task The_metrics_of_all_nodes_add_up_to_what_the_demo_counts()
    {
        // What `flood demo --topology ring` does and counts, by the nodes' /metrics, while it runs and after.
        const int Nodes = 4;
        const int Messages = 100;
        var nodes = new List<NodeProcess>();
        var clients = new List<HttpClient>();
        try
        {
            for (var i = 0; i < Nodes; i++)
                nodes.Add(await NodeProcess.Start($"n{i}", ["--capacity", "1000", "--http", "127.0.0.1:0", .. i > 0
                    ? new[] { "--peer", nodes[^1].Address } : []]));
            await nodes[^1].Type($"/connect {nodes[0].Address}");
            await Task.WhenAll(nodes.Select(node =>
                node.Until("it has two links", () => node.Count("connected") == 2)));
            foreach (var node in nodes) clients.Add(await Client(node));
            for (var i = 0; i < Messages; i++) await nodes[i % Nodes].Type($"m{i}");
            var during = await Sum("delivered");
            await Task.WhenAll(nodes.Select(node =>
                node.Until("it has all", () => node.Count("message") + node.Count("appended") == Messages)));

            Assert.InRange(during, 0, Messages * (Nodes - 1));
            Assert.Equal(Messages, await Sum("appended"));
            Assert.Equal(Messages * (Nodes - 1), await Sum("delivered"));
            // Transmissions that arrive when all is over are duplicates; wait for the last.
            await nodes[0].Until("nothing is under way", async () => await Sum("forwarded") == await Sum("delivered")
                + await Sum("duplicate"));
            Assert.InRange(await Sum("forwarded"), Messages * (Nodes - 1), Messages * ((2 * Nodes) - Nodes + 1));

            async Task<double> Sum(string counter)
            {
                var texts = await Task.WhenAll(clients.Select(client => client.GetStringAsync("/metrics")));
                return texts.Select((text, i) => Metric(text, $"flood_messages_{counter}_total{{{Labels($"n{i}")}}}"))
                    .Sum();
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task It_is_reached_by_the_name_that_other_nodes_dial()
    {
        using var file = new ConfigFile("""
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", public-hostname = "node-1.example", port = 0 }
            """);
        await using var a = await NodeProcess.Start("a", "--config", file.Path, "--http", "127.0.0.1:0");
        using var http = await Client(a);
        using var scrape = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = "Node-1.example" } };
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(scrape)).StatusCode);
    }

    [Fact]
    public async Task Other_sites_cannot_reach_it_through_a_browser()
    {
        await using var a = await NodeProcess.Start("a", "--http", "127.0.0.1:0");
        using var http = await Client(a);
        using (var rebound = new HttpRequestMessage(HttpMethod.Get,
            "/api/data") { Headers = { Host = "evil.example" } })
            Assert.Equal(HttpStatusCode.MisdirectedRequest, (await http.SendAsync(rebound)).StatusCode);
        using (var form = new StringContent("""{"text":"x"}""", Encoding.UTF8, "text/plain"))
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await http.PostAsync("/api/messages", form)).StatusCode);
        using (var foreign = await Post(http, """{"text":"x"}""", "http://evil.example")) Assert.Equal(
            HttpStatusCode.Forbidden, foreign.StatusCode);
        using (var own = await Post(http, """{"text":"y"}""", http.BaseAddress!.ToString().TrimEnd('/'))) Assert.Equal(
            HttpStatusCode.OK, own.StatusCode);
        foreach (var wrong in new[] { "", "[]", "{}", "{\"text\":1}", "{\"text\":\"\\ud800\"}", "nonsense" })
            using (var response = await Post(http, wrong)) Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(1, (await Get(http, "/api/stats")).GetProperty("appended").GetInt64());
        var page = await http.GetAsync("/");
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("http://", (await page.Content.ReadAsStringAsync())
            .Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, await Quit(a));
    }

    [Theory]
    [InlineData("--http", "8080")]
    [InlineData("--http", "127.0.0.1:65536")]
    [InlineData("--http", "nowhere.invalid:0")]
    [InlineData("--seed", "127.0.0.1:4053")]
    [InlineData("--cluster", "--seed", "4053")]
    [InlineData("--cluster", "--discover", "chat")]
    [InlineData("--discover", " ")]
    [InlineData("--discover", "a\"b")]
    public async Task A_wrong_option_ends_with_one_line(params string[] arguments)
    {
        var (exitCode, _, error) = await FloodProgram.Run(arguments);
        Assert.Equal(2, exitCode);
        Assert.StartsWith("flood: --", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task The_author_of_a_message_is_named_at_the_far_end_of_a_line_of_nodes()
    {
        await using var line = await LineOfNodes.Start(3, "--http", "127.0.0.1:0");
        await line.First.Type("from afar");
        await line.Last.Until("it is there", () => line.Last.Count("message") == 1);
        var message = line.Last.Of("message").Single().Json!.Value;
        Assert.Equal(("n0", "n1"), (Text(message, "origin"), Text(message, "peer")));
        var data = await line.Last.Ask("/data", "data");
        Assert.Equal("n0", Text(data.GetProperty("messages")[0], "origin"));

        using var http = await Client(line.Last);
        Assert.Equal(
            data.GetProperty("messages").GetRawText(),
            (await Get(http, "/api/data")).GetProperty("messages").GetRawText());
        Assert.Equal(
            message.GetRawText(), (await FirstEvents(http, "/api/events", 1)).Single().GetRawText());
        var status = (await FirstEvents(http, "/api/page", 1)).Single();
        Assert.Equal("n2", Text(status, "name"));
        Assert.Equal(1, status.GetProperty("stats").GetProperty("peers").GetInt32());
    }

    [Fact]
    public void Every_size_and_counter_of_the_library_has_its_place_in_stats()
    {
        var told = StatsTable.Of(new FloodStats()).Select(stat => stat.Name).Append("rejected");
        Assert.Equal(
            typeof(FloodStats).GetProperties().Select(property => StatsTable.NameOf(property.Name)).Order(),
            told.Order());
    }

    [Theory]
    [InlineData("flood.forwarded.bytes", "By", true, "flood_forwarded_bytes_total")]
    [InlineData("flood.messages.dropped", "{message}", true, "flood_messages_dropped_total")]
    [InlineData("flood.window.used", "By", false, "flood_window_used_bytes")]
    [InlineData("flood.log.retained_bytes", "By", false, "flood_log_retained_bytes")]
    [InlineData("flood.delivery.duration", "s", false, "flood_delivery_duration_seconds")]
    [InlineData("flood.peers", "{peer}", false, "flood_peers")]
    public void A_metric_has_the_name_that_an_OpenTelemetry_exporter_gives_it(
        string name, string unit, bool isCounter, string expected)
    {
        using var meter = new Meter("names");
        Instrument instrument = isCounter
            ? meter.CreateObservableCounter(name, () => 0L, unit)
            : meter.CreateObservableGauge(name, () => 0L, unit);
        Assert.Equal(expected, MetricName.Of(instrument));
    }

    private static async Task<List<JsonElement>> FirstEvents(HttpClient http, string path, int count)
    {
        using var reader = new StreamReader(await http.GetStreamAsync(path));
        var events = new List<JsonElement>();
        while (events.Count < count)
        {
            var line = await reader.ReadLineAsync() ?? throw new InvalidDataException("The events end.");
            if (line.StartsWith("data: ", StringComparison.Ordinal)) events.Add(
                JsonDocument.Parse(line[6..]).RootElement);
        }
        return events;
    }

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();

    private static string Labels(string node) => $"flood_name=\"flood\",flood_node=\"{node}\"";

    private static string Prometheus(string metric) => metric.Replace('.', '_');

    private static async Task<int> Quit(NodeProcess node)
    {
        await node.Type("/quit");
        return await node.Ended();
    }

    private static async Task<HttpClient> Client(NodeProcess node)
    {
        await node.Until("it serves", () => node.Count("serving") == 1);
        return new HttpClient { BaseAddress =
            new Uri(node.Of("serving").Single().Json!.Value.GetProperty("url").GetString()!) };
    }

    private static async Task<JsonElement> Get(HttpClient http, string path) =>
        JsonDocument.Parse(await http.GetStringAsync(path)).RootElement;

    private static async Task<HttpResponseMessage> Post(HttpClient http, string json, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages") { Content = new StringContent(json,
            Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        if (origin is not null) request.Headers.Add("Origin", origin);
        return await http.SendAsync(request);
    }

    private static double Metric(string text, string series) =>
        double.Parse(text.Split('\n').Single(line => line.StartsWith(series + " ",
            StringComparison.Ordinal))[(series.Length + 1)..], CultureInfo.InvariantCulture);
}
