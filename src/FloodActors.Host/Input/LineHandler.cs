using System.Text;
using FloodActors.Host.Output;

namespace FloodActors.Host.Input;

/// <summary>Handles a line: a command is run, everything else is appended. One thread passes the lines in.</summary>
internal sealed class LineHandler(Flood flood, LineAppender appender, NodeCommands commands, INodeOutput output)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly int _limit = flood.Settings.MaxMessageSize;

    /// <summary>Reads a stream to its end; the node continues after that.</summary>
    /// <param name="stream">Standard input.</param>
    /// <param name="keepEmpty">Whether an empty line is a message. At a terminal nobody means to
    /// send one.</param>
    public void ReadAll(Stream stream, bool keepEmpty)
    {
        // A text that begins with a slash is marked with another slash, which is not part of it.
        var reader = new LineReader(stream, _limit + 1);
        long number = 0;
        while (reader.Read() is { } line)
        {
            number++;
            var bytes = line.Bytes.Span;
            var isEscaped = bytes.StartsWith("//"u8);
            if (line.Size - (isEscaped ? 1 : 0) > _limit)
                Reject($"Line {number} takes {line.Size} bytes, and flood.max-message-size is {_limit}.");
            else if (TextOf(bytes) is not { } text) Reject($"Line {number} is not valid UTF-8.");
            else if (keepEmpty || !string.IsNullOrWhiteSpace(text)) Handle(text);
        }
        appender.Complete();
    }

    /// <summary>Handles a line that was typed, or that was read and is valid text.</summary>
    public void Handle(string line)
    {
        if (line.StartsWith("//", StringComparison.Ordinal))
        {
            appender.Append(line[1..]);
        }
        else if (line.StartsWith('/'))
        {
            appender.WaitUntilTold();
            commands.Run(line).GetAwaiter().GetResult();
        }
        else
        {
            appender.Append(line);
        }
    }

    private void Reject(string reason)
    {
        appender.WaitUntilTold();
        output.Rejected(reason);
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
