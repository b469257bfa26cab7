using System.Buffers;
using System.Text.Json;

namespace FloodActors.Host.Output;

/// <summary>
/// One JSON object per line, for scripts. Names and fields are fixed; docs/node-program.md lists them.
/// </summary>
internal sealed class JsonOutput(LineSink sink) : INodeOutput
{
    private readonly object _gate = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null, NodeJson.Options);
    private ArrayBufferWriter<byte> _buffer = new(4096);

    public void Listening(string name, string address, MessageIdMode messageId) =>
        Write(EventNames.Listening, (name, address), (json, at) =>
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
        // Notes are for people: scripts see the node leave.
    }

    public void Error(string message) =>
        Write(EventNames.Error, message, static (json, told) => json.WriteString("message", told));

    public void Happened(FloodEvent happened)
    {
        // The answer to the line reports what was appended here.
        if (happened is MessageAppended || !NodeJson.IsTold(happened)) return;
        lock (_gate)
        {
            _json.Reset(_buffer);
            NodeJson.Event(_json, happened);
            Send();
        }
    }

    public void Peers(IReadOnlyList<PeerInfo> peers) => Write(EventNames.Peers, peers, NodeJson.Peers);

    public void Data(FloodData data) => Write(EventNames.Data, data, static (json, told) =>
    {
        foreach (var (name, messages) in NodeJson.PartsOf(told))
        {
            json.WriteStartArray(name);
            foreach (var message in messages) NodeJson.DataMessage(json, message);
            json.WriteEndArray();
        }
    });

    public void Stats(FloodStats stats) => Write(EventNames.Stats, stats, NodeJson.Stats);

    public void Help() => Error(NodeCommands.Usage);

    private void Write<T>(string name, T told, Action<Utf8JsonWriter, T> write)
    {
        lock (_gate)
        {
            _json.Reset(_buffer);
            NodeJson.Start(_json, name);
            write(_json, told);
            _json.WriteEndObject();
            Send();
        }
    }

    /// <summary>Ends the line and writes it.</summary>
    private void Send()
    {
        _json.Flush();
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
        sink.Write(JsonEscapes.Apply(_buffer.WrittenSpan));
        // A line of megabytes must not leave its buffer behind for ever.
        if (_buffer.Capacity > 1 << 20) _buffer = new ArrayBufferWriter<byte>(4096);
        else _buffer.ResetWrittenCount();
    }
}
