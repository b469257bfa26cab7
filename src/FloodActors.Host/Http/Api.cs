using System.Globalization;
using System.Text.Json;
using FloodActors.Host.Output;
using Microsoft.AspNetCore.Http;

namespace FloodActors.Host.Http;

/// <summary>What the node answers over HTTP; the names are those of the events on standard output.</summary>
internal sealed class Api(Node node)
{
    /// <summary>Browsers that follow the events at a time: each is a subscriber of the flood.</summary>
    private const int MaxFollowers = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private int _followers;

    /// <summary>200 while the node answers, its peers beside it; 503 when it does not.</summary>
    public async Task Health(HttpContext context)
    {
        try
        {
            var stats = await node.Flood.StatsAsync().WaitAsync(Patience, context.RequestAborted);
            await Json(context, new { status = stats.Peers > 0 ? "healthy" : "isolated", peers = stats.Peers });
        }
        catch (TimeoutException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await Json(context, new { status = "unhealthy" });
        }
    }

    public Task Node(HttpContext context) => Json(context, new { name = node.Name, address = node.Address });

    public async Task Peers(HttpContext context) => await Json(context, new
    {
        peers = (await node.Flood.PeersAsync()).Select(peer => new
        {
            peer = peer.Id,
            address = AddressText.Of(peer.Address),
            connected = peer.Connected,
            dialled = peer.Dialled,
            since = peer.Connected ? Time(peer.Since) : null,
            behind = peer.Behind,
            forwarded = peer.Forwarded,
            received = peer.Received,
            duplicates = peer.Duplicates,
        }),
    });

    public async Task Data(HttpContext context) => await Json(context, new { messages = (await node.Flood.DataAsync()).Messages.Select(Shown) });

    public async Task Stats(HttpContext context)
    {
        var stats = await node.Flood.StatsAsync();
        var values = StatsTable.Of(stats).ToDictionary(stat => stat.Name, stat => (object)stat.Value);
        values["rejected"] = stats.Rejected.ToDictionary(r => JsonNamingPolicy.CamelCase.ConvertName(r.Key.ToString()), r => r.Value);
        await Json(context, values);
    }

    /// <summary>Server-sent events: what is in data, then what happens. A slow reader lags, and is told so.</summary>
    public async Task Events(HttpContext context)
    {
        if (Interlocked.Increment(ref _followers) > MaxFollowers)
        {
            Interlocked.Decrement(ref _followers);
            await HttpServer.Plain(context, StatusCodes.Status503ServiceUnavailable, $"{MaxFollowers} others follow this node already.");
            return;
        }
        try
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await foreach (var happened in node.Flood.EventsAsync(replay: true, drops: false, context.RequestAborted))
            {
                if (Told(happened) is not { } told) continue;
                await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(told)}\n\n", context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The browser went: the subscription has ended with it, and there is nobody to answer.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _followers);
        }
    }

    /// <summary><c>{"text": "..."}</c> or <c>{"json": value}</c>. Answers when the message is in the log.</summary>
    public async Task Append(HttpContext context)
    {
        var request = context.Request;
        // Other sites can send forms and text without asking this one; JSON they cannot.
        if (!request.HasJsonContentType())
        {
            await HttpServer.Plain(context, StatusCodes.Status415UnsupportedMediaType, "Send application/json: {\"text\": \"...\"} or {\"json\": value}.");
            return;
        }
        if (request.Headers.Origin is [{ Length: > 0 } origin] && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Authority != request.Host.Value))
        {
            await HttpServer.Plain(context, StatusCodes.Status403Forbidden, "This comes from another site.");
            return;
        }
        if (await Payload(request) is not { } payload)
        {
            await HttpServer.Plain(context, StatusCodes.Status400BadRequest, "Write {\"text\": \"...\"} or {\"json\": value}.");
            return;
        }
        switch (await node.Flood.AppendAsync(payload))
        {
            case Appended appended:
                await Json(context, new { id = appended.Id.ToString(), @new = appended.IsNew });
                break;
            case Rejected { Rejection: var rejection }:
                context.Response.StatusCode = rejection.Reason switch
                {
                    RejectReason.Busy => StatusCodes.Status429TooManyRequests,
                    RejectReason.Leaving => StatusCodes.Status503ServiceUnavailable,
                    RejectReason.TooLarge => StatusCodes.Status413PayloadTooLarge,
                    _ => StatusCodes.Status400BadRequest,
                };
                await Json(context, new { rejected = rejection.Reason.ToString(), reason = rejection.Message });
                break;
        }
    }

    private static async Task<FloodPayload?> Payload(HttpRequest request)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            if (document.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String) return FloodPayload.Text(text.GetString()!);
            return document.RootElement.TryGetProperty("json", out var json) ? FloodPayload.Json(json.Clone()) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or text with half a character.
            return null;
        }
    }

    private static object? Told(FloodEvent happened) => happened switch
    {
        MessageReceived received => Shown(received.Message),
        MessageUndecodable received => Shown(received.Message),
        MessageAppended appended => Shown(appended.Message),
        PeerConnected connected => new { @event = "connected", peer = connected.Peer },
        PeerDisconnected disconnected => new { @event = "disconnected", peer = disconnected.Peer, reason = disconnected.Reason },
        PeerLagged lagged => new { @event = "lagged", peer = (string?)lagged.Peer, skipped = lagged.Skipped },
        SubscriberLagged lagged => new { @event = "lagged", peer = (string?)null, skipped = lagged.Skipped },
        _ => null,
    };

    private static object Shown(FloodMessage message) => new { @event = "message", peer = message.From, payload = Body(message), hops = message.Hops, time = Time(message.Received) };

    private static object Body(FloodMessage message)
    {
        try
        {
            return message.Kind switch
            {
                PayloadKind.Text => message.AsText(),
                PayloadKind.Json => message.AsJson(),
                _ => new { base64 = Convert.ToBase64String(message.Body.Span) },
            };
        }
        catch (UndecodablePayloadException)
        {
            return new { base64 = Convert.ToBase64String(message.Body.Span) };
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static Task Json(HttpContext context, object value)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(value), context.RequestAborted);
    }
}
