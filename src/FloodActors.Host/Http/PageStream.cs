using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FloodActors.Host.Output;
using Microsoft.AspNetCore.Http;

namespace FloodActors.Host.Http;

/// <summary>
/// <c>/api/page</c>, server-sent events for the page: <c>status</c> once a second, and in between <c>messages</c>,
/// the newest since the last, in one piece. Both are created when the client can take them. So a status is never old
/// and waits for one piece at most, however many messages there are and however slow the client is.
/// </summary>
internal sealed class PageStream(Node node)
{
    /// <summary>Bytes of a payload that are shown.</summary>
    private const int LongestPayload = 1000;

    private const int PiecesPerStatus = 4;

    private static readonly TimeSpan BetweenPieces = TimeSpan.FromSeconds(1.0 / PiecesPerStatus);

    private readonly Lock _gate = new();
    private PageFeed? _feed;
    private CancellationTokenSource? _feeding;
    private int _pages;

    /// <summary>Serves a page until it disconnects.</summary>
    public async Task Serve(HttpContext context)
    {
        var feed = Join();
        try
        {
            await Replies.StartEvents(context);
            using var json = new Utf8JsonWriter(context.Response.BodyWriter, NodeJson.Options);
            using var timer = new PeriodicTimer(BetweenPieces);
            var position = 0L;
            for (var piece = 0; piece == 0 || await timer.WaitForNextTickAsync(context.RequestAborted); piece++)
            {
                if (piece % PiecesPerStatus == 0) await WriteStatus(context, json, feed);
                WriteMessages(context, json, feed, ref position);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
        finally
        {
            Leave();
        }
    }

    private static void WriteMessages(HttpContext context, Utf8JsonWriter json, PageFeed feed, ref long position)
    {
        var isFirst = position == 0;
        var events = feed.Take(ref position, out var passedOver);
        if (events.Length == 0) return;
        Start(context, json, "messages");
        // Events from before the page connected do not count as passed over.
        json.WriteNumber("passedOver", isFirst ? 0 : passedOver);
        json.WriteStartArray("events");
        foreach (var happened in events.Where(NodeJson.IsTold)) NodeJson.Event(json, happened, LongestPayload);
        json.WriteEndArray();
        End(context, json);
    }

    private async Task WriteStatus(HttpContext context, Utf8JsonWriter json, PageFeed feed)
    {
        FloodStats? stats = null;
        IReadOnlyList<PeerInfo> peers = [];
        try
        {
            stats = await node.Flood.StatsAsync().WaitAsync(Api.Patience, context.RequestAborted);
            peers = await node.Flood.PeersAsync().WaitAsync(Api.Patience, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            // There is no status: that is what the page shows.
        }
        Start(context, json, "status");
        json.WriteString("name", node.Name);
        json.WriteString("address", node.Address);
        json.WriteBoolean("answers", stats is not null);
        json.WriteNumber("milliseconds", Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency);
        if (stats is not null)
        {
            json.WriteStartObject("stats");
            NodeJson.Stats(json, stats);
            json.WriteEndObject();
            NodeJson.Peers(json, peers);
        }
        json.WriteStartArray("origins");
        var origins = feed.Origins(out var others);
        foreach (var (origin, messages) in origins)
        {
            json.WriteStartObject();
            json.WriteString("origin", origin);
            json.WriteNumber("messages", messages);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("others", others);
        End(context, json);
    }

    private static void Start(HttpContext context, Utf8JsonWriter json, string name)
    {
        context.Response.BodyWriter.Write(Encoding.ASCII.GetBytes($"event: {name}\ndata: "));
        json.Reset(context.Response.BodyWriter);
        json.WriteStartObject();
    }

    private static void End(HttpContext context, Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Flush();
        context.Response.BodyWriter.Write("\n\n"u8);
    }

    private PageFeed Join()
    {
        lock (_gate)
        {
            if (_pages++ > 0) return _feed!;
            _feed = new PageFeed(TimeProvider.System);
            _feeding = new CancellationTokenSource();
            _ = Feed(_feed, _feeding.Token);
            return _feed;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_pages > 0) return;
            _feeding!.Cancel();
            _feeding.Dispose();
            (_feed, _feeding) = (null, null);
        }
    }

    private async Task Feed(PageFeed feed, CancellationToken cancellation)
    {
        try
        {
            await foreach (var happened in node.Flood.EventsAsync(replay: true, drops: false, cancellation))
                feed.Add(happened);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The last page has gone, or the node has ended; in that case the status says so.
        }
    }
}
