using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace FloodActors.Host.Output;

/// <summary>
/// One JSON object a line: what scripts read. Names and fields are fixed; docs/node-program.md lists them.
/// </summary>
internal sealed class JsonOutput(LineSink sink) : INodeOutput
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly object _gate = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);
    private ArrayBufferWriter<byte> _buffer = new(4096);

    public void Listening(string name, string address) => Write(EventNames.Listening, (name, address), (json, at) =>
    {
        json.WriteString("name", at.name);
        json.WriteString("address", at.address);
    });

    public void Serving(string url) =>
        Write(EventNames.Serving, url, static (json, told) => json.WriteString("url", told));

    public void Appended(string text, bool isNew) => Write(EventNames.Appended, (text, isNew), static (json, told) =>
    {
        json.WriteString("payload", told.text);
        json.WriteBoolean("new", told.isNew);
    });

    public void Rejected(string reason) =>
        Write(EventNames.Rejected, reason, static (json, told) => json.WriteString("reason", told));

    public void Note(string text)
    {
        // For people: scripts see the node leave.
    }

    public void Error(string message) =>
        Write(EventNames.Error, message, static (json, told) => json.WriteString("message", told));

    public void Happened(FloodEvent happened)
    {
        switch (happened)
        {
            case MessageReceived { Message: var message }:
                Message(message);
                break;
            case MessageUndecodable { Message: var message }:
                Message(message);
                break;
            case MessageDropped { Message: var message }:
                Write(EventNames.Dropped, message, static (json, told) => Payload(json, told));
                break;
            case PeerConnected connected:
                Write(EventNames.Connected, connected, static (json, told) => json.WriteString("peer", told.Peer));
                break;
            case PeerDisconnected disconnected:
                Reasoned(EventNames.Disconnected, disconnected.Peer, disconnected.Reason);
                break;
            case PeerRefused refused:
                Reasoned(EventNames.Refused, refused.Peer, refused.Reason);
                break;
            case PeerUnreachable unreachable:
                Write(EventNames.Unreachable, unreachable, static (json, told) =>
                {
                    json.WriteString("address", AddressText.Of(told.Address));
                    json.WriteString("hint", told.Hint);
                });
                break;
            case PeerLagged lagged:
                Lagged(lagged.Peer, lagged.Skipped);
                break;
            case PeerForgotten { Missed: > 0 } forgotten:
                Lagged(forgotten.Peer, forgotten.Missed);
                break;
            case SubscriberLagged lagged:
                Lagged(null, lagged.Skipped);
                break;
            case MessageRefused refused:
                Error($"message {refused.Message} from {refused.Peer} was not taken: {refused.Reason}");
                break;
            case MessageNotSent notSent:
                Error($"message {notSent.Message} was not sent to {notSent.Peer}: {notSent.Reason}");
                break;
        }
    }

    public void Peers(IReadOnlyList<PeerInfo> peers) => Write(EventNames.Peers, peers, static (json, told) =>
    {
        json.WriteStartArray("peers");
        foreach (var peer in told)
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
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public void Data(FloodData data) => Write(EventNames.Data, data, static (json, told) =>
    {
        json.WriteStartArray("messages");
        foreach (var message in told.Messages)
        {
            json.WriteStartObject();
            json.WriteString("time", Time(message.Received));
            Payload(json, message);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public void Stats(FloodStats stats) => Write(EventNames.Stats, stats, static (json, told) =>
    {
        foreach (var (name, value) in StatsTable.Of(told)) json.WriteNumber(name, value);
        json.WriteStartObject("rejected");
        foreach (var (reason, count) in told.Rejected)
            json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()), count);
        json.WriteEndObject();
    });

    public void Help() => Error(NodeCommands.Usage);

    private void Message(FloodMessage message) => Write(EventNames.Message, message, static (json, told) =>
    {
        json.WriteString("peer", told.From);
        Payload(json, told);
        json.WriteNumber("hops", told.Hops);
        json.WriteString("time", Time(told.Received));
    });

    private void Lagged(string? peer, long skipped) => Write(EventNames.Lagged, (peer, skipped), static (json, told) =>
    {
        json.WriteString("peer", told.peer);
        json.WriteNumber("skipped", told.skipped);
    });

    private void Reasoned(string name, string peer, string reason) => Write(name, (peer, reason), static (json, told) =>
    {
        json.WriteString("peer", told.peer);
        json.WriteString("reason", told.reason);
    });

    /// <summary>
    /// Text as a string, JSON as it is, anything else as its bytes. What a peer sent may be no text and no JSON.
    /// </summary>
    private static void Payload(Utf8JsonWriter json, FloodMessage message)
    {
        json.WritePropertyName("payload");
        var body = message.Body.Span;
        if (message.Kind == PayloadKind.Text && Utf8.IsValid(body))
        {
            json.WriteStringValue(body);
            return;
        }
        if (message.Kind == PayloadKind.Json && IsJson(message))
        {
            json.WriteRawValue(body, skipInputValidation: true);
            return;
        }
        json.WriteStartObject();
        json.WriteBase64String("base64", body);
        json.WriteEndObject();
    }

    /// <summary>Decoding holds it to the canonical form, which has no line feeds.</summary>
    private static bool IsJson(FloodMessage message)
    {
        try
        {
            return message.AsJson().ValueKind != JsonValueKind.Undefined;
        }
        catch (UndecodablePayloadException)
        {
            return false;
        }
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    private void Write<T>(string name, T told, Action<Utf8JsonWriter, T> write)
    {
        lock (_gate)
        {
            _json.Reset(_buffer);
            _json.WriteStartObject();
            _json.WriteString("event", name);
            write(_json, told);
            _json.WriteEndObject();
            _json.Flush();
            _buffer.GetSpan(1)[0] = (byte)'\n';
            _buffer.Advance(1);
            sink.Write(JsonEscapes.Apply(_buffer.WrittenSpan));
            // A line of megabytes must not leave its buffer behind for ever.
            if (_buffer.Capacity > 1 << 20) _buffer = new ArrayBufferWriter<byte>(4096);
            else _buffer.ResetWrittenCount();
        }
    }
}
