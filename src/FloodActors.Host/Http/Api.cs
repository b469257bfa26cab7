using System.Buffers;
using System.Text.Json;
using FloodActors.Host.Output;
using Microsoft.AspNetCore.Http;

namespace FloodActors.Host.Http;

/// <summary>The node's answers over HTTP; the names are those of the events on standard output.</summary>
internal sealed class Api(Node node, HttpSettings settings)
{
    /// <summary>How long the node may take to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Bytes that an answer collects before it waits for its reader.</summary>
    private const int Piece = 32 << 10;

    private readonly PageStream _page = new(node);
    private readonly MessagePosts _posts = new(node.Flood, settings);

    /// <summary>A slow reader keeps the messages of its answer in memory, so there is only one at a time.</summary>
    private readonly SemaphoreSlim _data = new(1);

    private int _followers;

    /// <summary>200, with its peers, while the node answers; 503 when it does not.</summary>
    public async Task Health(HttpContext context)
    {
        FloodStats? stats = null;
        try
        {
            stats = await node.Flood.StatsAsync().WaitAsync(Patience, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        await Replies.Json(context, json =>
        {
            var isIsolated = stats is { Peers: 0 };
            json.WriteString("status", stats is null ? "unhealthy" : isIsolated ? "isolated" : "healthy");
            if (stats is not null) json.WriteNumber("peers", stats.Peers);
        });
    }

    public Task Node(HttpContext context) => Replies.Json(context, json =>
    {
        json.WriteString("name", node.Name);
        json.WriteString("address", node.Address);
    });

    public async Task Peers(HttpContext context)
    {
        var peers = await node.Flood.PeersAsync();
        await Replies.Json(context, json => NodeJson.Peers(json, peers));
    }

    public async Task Stats(HttpContext context)
    {
        var stats = await node.Flood.StatsAsync();
        await Replies.Json(context, json => NodeJson.Stats(json, stats));
    }

    public async Task Data(HttpContext context)
    {
        await _data.WaitAsync(context.RequestAborted);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(settings.BodyTimeout);
            await WriteData(context, await node.Flood.DataAsync(), patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone or takes too long. The answer is incomplete, and the aborted connection shows that.
            context.Abort();
        }
        finally
        {
            _data.Release();
        }
    }

    /// <summary>Server-sent events: first the data, then new events. A slow reader lags, and is told so.</summary>
    public Task Events(HttpContext context) => Follow(context, async () =>
    {
        await Replies.StartEvents(context);
        var body = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(body, NodeJson.Options);
        await foreach (var happened in node.Flood.EventsAsync(replay: true, drops: false, context.RequestAborted))
        {
            if (!NodeJson.IsTold(happened)) continue;
            body.Write("data: "u8);
            json.Reset(body);
            NodeJson.Event(json, happened);
            json.Flush();
            body.Write("\n\n"u8);
            await body.FlushAsync(context.RequestAborted);
        }
    });

    /// <summary>The stream of what the page shows.</summary>
    public Task Page(HttpContext context) => Follow(context, () => _page.Serve(context));

    /// <summary><c>{"text": "..."}</c> or <c>{"json": value}</c>. Answers when the message is in the log.</summary>
    public Task Append(HttpContext context) => _posts.Append(context);

    private static async Task WriteData(
        HttpContext context, FloodData data, CancellationToken cancellation)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var body = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(body, NodeJson.Options);
        json.WriteStartObject();
        foreach (var (name, messages) in NodeJson.PartsOf(data))
        {
            json.WriteStartArray(name);
            foreach (var message in messages)
            {
                NodeJson.DataMessage(json, message);
                if (json.BytesPending + body.UnflushedBytes < Piece) continue;
                json.Flush();
                await body.FlushAsync(cancellation);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.Flush();
        await body.FlushAsync(cancellation);
    }

    private async Task Follow(HttpContext context, Func<Task> serve)
    {
        try
        {
            if (Interlocked.Increment(ref _followers) <= settings.MaxFollowers)
            {
                await serve();
                return;
            }
            await Replies.Plain(
                context,
                StatusCodes.Status503ServiceUnavailable,
                $"{settings.MaxFollowers} others follow this node already (flood-http.max-followers).");
        }
        catch (OperationCanceledException)
        {
            // The browser has gone: the subscription has ended with it, and there is nobody to answer.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _followers);
        }
    }
}
