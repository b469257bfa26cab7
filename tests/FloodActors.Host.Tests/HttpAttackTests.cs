using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FloodActors.Host.Http;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

/// <summary>What clients of --http can cost a node.</summary>
public sealed class HttpAttackTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Bodies_that_do_not_end_take_the_memory_that_the_documentation_says_and_harm_nobody()
    {
        const int Attackers = 40;
        const int Size = 12 * MiB;
        await using var node = await NodeProcess.Start("a", "--http", "127.0.0.1:0");
        using var http = await Client(node);
        using (var warm = await Post(http, "warm")) Assert.Equal(HttpStatusCode.OK, warm.StatusCode);
        var before = node.Memory("VmRSS");

        var clients = new List<TcpClient>();
        try
        {
            var part = Enumerable.Repeat((byte)'x', MiB).ToArray();
            for (var i = 0; i < Attackers; i++)
            {
                var client = new TcpClient();
                clients.Add(client);
                await client.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port);
                await client.GetStream().WriteAsync(Head(http, Size));
                await client.GetStream().WriteAsync("{\"text\":\""u8.ToArray());
                // The node may refuse the rest.
                for (var sent = 0; sent < Size - (2 * MiB) && client.Connected; sent += MiB)
                    if (!await TryWrite(client, part)) break;
            }
            using var honest = await Post(http, "honest");
            Assert.Equal(HttpStatusCode.OK, honest.StatusCode);
            var most = node.Memory("VmHWM") - before;
            // docs/operating.md: the bodies, and two connections' buffers for each client.
            var formula = (6 * 16) + ((Attackers + 1) * 128 / 1024);
            output.WriteLine($"{Attackers} unfinished bodies of {Size / MiB} MiB: {most:n0} MiB; allowed {formula}");
            Assert.InRange(most, 0, formula);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task The_body_that_has_been_coming_for_longest_makes_room_for_a_new_one()
    {
        var budget = new BodyBudget(2 * BodyBudget.SegmentSize);
        var (slow, late) = (new Pipe(), new Pipe());
        using var first = new RequestBody(budget, slow.Reader);
        using var second = new RequestBody(budget, late.Reader);
        var reading = first.ReadAsync(CancellationToken.None);
        await slow.Writer.WriteAsync(new byte[BodyBudget.SegmentSize + 1]);
        await late.Writer.WriteAsync("whole"u8.ToArray());
        await late.Writer.CompleteAsync();
        Assert.True(await second.ReadAsync(CancellationToken.None));
        Assert.False(await reading);
        Assert.Equal("whole", Encoding.UTF8.GetString(second.Bytes));
        Assert.Equal(BodyBudget.SegmentSize, budget.Used);
        second.Dispose();
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task A_body_that_does_not_come_in_time_is_refused_and_one_that_is_too_large_is_told_the_limit()
    {
        using var file = new ConfigFile("flood-http { body-timeout = 300ms, body-bytes = 64 KiB }");
        await using var node = await NodeProcess.Start("a", "--http", "127.0.0.1:0", "--config", file.Path);
        using var http = await Client(node);
        using var client = new TcpClient();
        await client.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port);
        await client.GetStream().WriteAsync(Head(http, 1000));
        await client.GetStream().WriteAsync("{\"text\":"u8.ToArray());
        var late = await Answer(client);
        Assert.StartsWith("HTTP/1.1 408 ", late, StringComparison.Ordinal);
        Assert.Contains("flood-http.body-timeout", late, StringComparison.Ordinal);

        using var large = await Post(http, new string('x', 65 << 10));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Contains("flood-http.body-bytes", await large.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Followers_beyond_the_limit_are_refused_and_a_place_is_free_when_one_goes()
    {
        using var file = new ConfigFile("flood-http.max-followers = 2");
        await using var node = await NodeProcess.Start("a", "--http", "127.0.0.1:0", "--config", file.Path);
        using var http = await Client(node);
        var events = await http.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        using var page = await http.GetAsync("/api/page", HttpCompletionOption.ResponseHeadersRead);
        using (var third = await http.GetAsync("/api/page", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
            var reason = await third.Content.ReadAsStringAsync();
            Assert.Contains("flood-http.max-followers", reason, StringComparison.Ordinal);
        }
        events.Dispose();
        await node.Until("there is a place", async () =>
        {
            using var next = await http.GetAsync("/api/page", HttpCompletionOption.ResponseHeadersRead);
            return next.StatusCode == HttpStatusCode.OK;
        });
    }

    [Theory]
    [InlineData("body-byte = 1", "flood-http.body-byte is no setting")]
    [InlineData("body-bytes = 1 KiB", "flood-http.body-bytes = 1 KiB is wrong: it must be a size from 64 KiB to 1 TiB")]
    [InlineData("body-timeout = soon", "flood-http.body-timeout = soon is wrong: it must be a duration")]
    [InlineData("max-followers = 0", "flood-http.max-followers = 0 is wrong: it must be a whole number from 1 to 1000")]
    [InlineData("max-connections = x", "flood-http.max-connections = x is wrong: it must be a whole number")]
    public async Task A_wrong_setting_ends_with_one_line(string setting, string expected)
    {
        using var file = new ConfigFile($"flood-http {{ {setting} }}");
        var (exitCode, _, error) = await FloodProgram.Run("--http", "127.0.0.1:0", "--config", file.Path);
        Assert.Equal(2, exitCode);
        Assert.StartsWith($"flood: {expected}", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    private static async Task<HttpClient> Client(NodeProcess node)
    {
        await node.Until("it serves", () => node.Count("serving") == 1);
        var url = node.Of("serving").Single().Json!.Value.GetProperty("url").GetString()!;
        return new HttpClient { BaseAddress = new Uri(url) };
    }

    private static Task<HttpResponseMessage> Post(HttpClient http, string text)
    {
        var json = JsonSerializer.Serialize(new { text });
        var content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        return http.PostAsync("/api/messages", content);
    }

    private static byte[] Head(HttpClient http, int length) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"POST /api/messages HTTP/1.1\r\nHost: {http.BaseAddress!.Authority}\r\n"
        + $"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"));

    private static async Task<bool> TryWrite(TcpClient client, byte[] bytes)
    {
        try
        {
            await client.GetStream().WriteAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<string> Answer(TcpClient client)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        // The node closes the connection after it.
        while (await client.GetStream().ReadAsync(buffer) is > 0 and var count)
            answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return answer.ToString();
    }
}
