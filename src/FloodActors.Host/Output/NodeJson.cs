using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace FloodActors.Host.Output;

/// <summary>
/// A node's output as JSON: the same on standard output, over HTTP and for the page. docs/node-program.md lists the
/// fields.
/// </summary>
internal static class NodeJson
{
    public static JsonWriterOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>
    /// Whether an event is reported: a peer that missed nothing is forgotten silently, and being spared old values is
    /// not reported.
    /// </summary>
    public static bool IsTold(FloodEvent happened) => 
        happened is not (PeerForgotten { Missed: 0 } or ValuesSpared);

    /// <summary>Writes an event as one object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="happened">The event.</param>
    /// <param name="longest">Bytes of a payload; of a longer payload the beginning is written, and its size.</param>
    public static void Event(Utf8JsonWriter json, FloodEvent happened, int longest = int.MaxValue)
    {
        switch (happened)
        {
            case MessageReceived { Message: var message }:
                Message(json, message, longest);
                break;
            case MessageUndecodable { Message: var message }:
                Message(json, message, longest);
                break;
            case MessageAppended { Message: var message }:
                Message(json, message, longest);
                break;
            case MessageDropped { Message: var message }:
                Start(json, EventNames.Dropped);
                Payload(json, message, longest);
                break;
            case PeerConnected connected:
                Start(json, EventNames.Connected);
                json.WriteString("peer", connected.Peer);
                break;
            case PeerDisconnected disconnected:
                Reasoned(json, EventNames.Disconnected, disconnected.Peer, disconnected.Reason);
                break;
            case PeerRefused refused:
                Reasoned(json, EventNames.Refused, refused.Peer, refused.Reason);
                break;
            case PeerUnreachable unreachable:
                Start(json, EventNames.Unreachable);
                json.WriteString("address", AddressText.Of(unreachable.Address));
                json.WriteString("hint", unreachable.Hint);
                break;
            case PeerLagged lagged:
                Lagged(json, lagged.Peer, lagged.Skipped);
                break;
            case PeerForgotten forgotten:
                Lagged(json, forgotten.Peer, forgotten.Missed);
                break;
            case SubscriberLagged lagged:
                Lagged(json, null, lagged.Skipped);
                break;
            case MessageRefused refused:
                Error(
                    json,
                    refused.Count == 1
                        ? $"message {refused.Message} from {refused.Peer} was not taken: {refused.Reason}"
                        : $"{refused.Count} messages from {refused.Peer} were not taken, "
                            + $"the last of them {refused.Message}: {refused.Reason}");
                break;
            case MessageNotSent notSent:
                Error(
                    json,
                    notSent.Count == 1
                        ? $"message {notSent.Message} was not sent to {notSent.Peer}: {notSent.Reason}"
                        : $"{notSent.Count} messages were not sent to {notSent.Peer}, "
                            + $"the last of them {notSent.Message}: {notSent.Reason}");
                break;
            case MessageRejected rejected:
                Start(json, EventNames.Rejected);
                json.WriteString("reason", rejected.Rejection.Message);
                break;
            case MessagesGivenUp givenUp:
                Error(
                    json,
                    $"{givenUp.Count} messages that have not arrived will no longer be taken: "
                    + "an origin left more gaps than flood.seen.max-intervals");
                break;
            case OriginForgotten forgotten:
                Error(
                    json,
                    (forgotten.Count == 1
                        ? $"origin {forgotten.Origin:x16} was forgotten to make room for another "
                        : $"{forgotten.Count} origins were forgotten to make room for others, "
                            + $"the last of them {forgotten.Origin:x16} ")
                    + "(flood.seen.max-origins); a message of it that arrives later is delivered again");
                break;
            default:
                Error(json, happened.ToString());
                break;
        }
        json.WriteEndObject();
    }

    /// <summary>Begins the object of an event.</summary>
    public static void Start(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("event", name);
    }

    /// <summary>Writes <c>peers</c> into the current object.</summary>
    public static void Peers(Utf8JsonWriter json, IReadOnlyList<PeerInfo> peers)
    {
        json.WriteStartArray("peers");
        foreach (var peer in peers)
        {
            json.WriteStartObject();
            json.WriteString("peer", peer.Id);
            json.WriteString("address", AddressText.Of(peer.Address));
            json.WriteBoolean("connected", peer.Connected);
            json.WriteBoolean("dialled", peer.Dialled);
            if (peer.Connected) json.WriteString("since", Time(peer.Since));
            json.WriteNumber("behind", peer.Behind);
            json.WriteNumber("forwarded", peer.Forwarded);
            json.WriteNumber("received", peer.Received);
            json.WriteNumber("duplicates", peer.Duplicates);
            json.WriteNumber("eagerRoutes", peer.EagerRoutes);
            json.WriteNumber("lazyRoutes", peer.LazyRoutes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The arrays of <c>data</c>: the log, and the latest value of each key if there are keys.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<FloodMessage> Messages)> PartsOf(FloodData data)
    {
        yield return ("messages", data.Messages);
        if (data.Latest.Count > 0) yield return ("latest", data.Latest);
    }

    /// <summary>Writes the object of a message of <c>data</c>.</summary>
    public static void DataMessage(Utf8JsonWriter json, FloodMessage message)
    {
        json.WriteStartObject();
        json.WriteString("time", Time(message.Received));
        Author(json, message);
        Payload(json, message, int.MaxValue);
        json.WriteEndObject();
    }

    /// <summary>Writes the fields of <c>stats</c> into the current object.</summary>
    public static void Stats(Utf8JsonWriter json, FloodStats stats)
    {
        foreach (var (name, value) in StatsTable.Of(stats)) json.WriteNumber(name, value);
        json.WriteStartObject("rejected");
        foreach (var (reason, count) in stats.Rejected) json.WriteNumber(StatsTable.NameOf(reason.ToString()), count);
        json.WriteEndObject();
    }

    private static void Message(Utf8JsonWriter json, FloodMessage message, int longest)
    {
        Start(json, EventNames.Message);
        json.WriteString("peer", message.From);
        Author(json, message);
        Payload(json, message, longest);
        json.WriteNumber("hops", message.Hops);
        json.WriteString("time", Time(message.Received));
    }

    private static void Author(Utf8JsonWriter json, FloodMessage message)
    {
        json.WriteString("origin", message.Origin);
        if (message.OriginStream is { } stream) json.WriteString("stream", stream);
        if (message.Topic is { } topic) json.WriteString("topic", topic);
        if (message.Key is { } key) json.WriteString("key", key);
        if (message.IsRemoval) json.WriteBoolean("removed", true);
    }

    private static void Lagged(Utf8JsonWriter json, string? peer, long skipped)
    {
        Start(json, EventNames.Lagged);
        json.WriteString("peer", peer);
        json.WriteNumber("skipped", skipped);
    }

    private static void Reasoned(Utf8JsonWriter json, string name, string peer, string reason)
    {
        Start(json, name);
        json.WriteString("peer", peer);
        json.WriteString("reason", reason);
    }

    private static void Error(Utf8JsonWriter json, string message)
    {
        Start(json, EventNames.Error);
        json.WriteString("message", message);
    }

    /// <summary>
    /// Text as a string, JSON unchanged, anything else as its bytes. What a peer sent as text or JSON may be invalid.
    /// </summary>
    private static void Payload(Utf8JsonWriter json, FloodMessage message, int longest)
    {
        var body = message.Body.Span;
        var isText = message.Kind is PayloadKind.Text or PayloadKind.Json;
        if (body.Length > longest)
        {
            var beginning = isText ? Encoding.UTF8.GetString(body[..longest]).TrimEnd('\uFFFD') : "";
            json.WriteString("payload", beginning);
            json.WriteNumber("size", body.Length);
            return;
        }
        json.WritePropertyName("payload");
        if (message.Kind == PayloadKind.Text && Utf8.IsValid(body))
        {
            json.WriteStringValue(body);
            return;
        }
        if (message.Kind == PayloadKind.Json && JsonOf(message) is { } value)
        {
            // Without a topic the JSON is canonical and has no line feeds. A codec's JSON may have some.
            if (message.Topic is null) json.WriteRawValue(body, skipInputValidation: true);
            else value.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        json.WriteBase64String("base64", body);
        json.WriteEndObject();
    }

    private static JsonElement? JsonOf(FloodMessage message)
    {
        try
        {
            return message.AsJson();
        }
        catch (UndecodablePayloadException)
        {
            return null;
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
