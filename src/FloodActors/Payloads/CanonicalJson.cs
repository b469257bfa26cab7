using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FloodActors.Payloads;

/// <summary>
/// JSON in the canonical form of RFC 8785 (JCS): equal values give equal bytes, however they were printed. It accepts
/// I-JSON (RFC 7493) only, and refuses what would change in transit: duplicate names, lone surrogates, numbers that a
/// double cannot represent. One pass over the input without recursion, so depth costs no stack.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>Converts a JSON text to canonical form.</summary>
    /// <param name="utf8">One JSON value; white space around it is allowed, anything else is not.</param>
    /// <param name="maxDepth">How deep arrays and objects may be nested (<c>flood.json.max-depth</c>).</param>
    /// <param name="body">The canonical bytes; when <paramref name="isText"/>, the string's UTF-8 without quotes or
    /// escapes.</param>
    /// <param name="isText">The value is a string.</param>
    /// <param name="error">What is wrong, as the rest of a sentence that begins "The JSON is refused:".</param>
    public static bool TryCanonicalize(
        ReadOnlySpan<byte> utf8, int maxDepth, out byte[] body, out bool isText, out string? error)
    {
        using var writer = new CanonicalJsonWriter(utf8.Length);
        if (!TryWrite(utf8, maxDepth, writer, out error))
        {
            body = [];
            isText = false;
            return false;
        }

        isText = writer.RootText is not null;
        body = writer.RootText ?? writer.Written.ToArray();
        return true;
    }

    /// <summary>
    /// Whether the bytes are the canonical form of a JSON value other than a string: exactly what <see
    /// cref="TryCanonicalize"/> returns.
    /// </summary>
    public static bool IsCanonical(ReadOnlySpan<byte> utf8, int maxDepth, out string? error)
    {
        using var writer = new CanonicalJsonWriter(utf8.Length);
        if (!TryWrite(utf8, maxDepth, writer, out error))
            return false;
        if (writer.RootText is null && writer.Written.SequenceEqual(utf8))
            return true;
        error = "it is not in canonical form (RFC 8785)";
        return false;
    }

    private static bool TryWrite(ReadOnlySpan<byte> utf8, int maxDepth, CanonicalJsonWriter writer, out string? error)
    {
        // Utf8JsonReader checks strings only when asked for their text.
        if (!Utf8.IsValid(utf8))
        {
            error = "it is not valid UTF-8";
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(
                utf8,
                new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = maxDepth + 1 });
            while (reader.Read())
            {
                error = Token(ref reader, maxDepth, writer);
                if (error is not null)
                    return false;
            }

            error = null;
            return true;
        }
        catch (JsonException exception)
        {
            error = exception.Message.TrimEnd('.');
            return false;
        }
    }

    private static string? Token(ref Utf8JsonReader reader, int maxDepth, CanonicalJsonWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                if (reader.CurrentDepth >= maxDepth)
                    return $"it is nested deeper than {maxDepth} levels (flood.json.max-depth)";
                writer.Begin(reader.TokenType == JsonTokenType.StartObject);
                return null;
            case JsonTokenType.EndObject:
                return writer.EndObject();
            case JsonTokenType.EndArray:
                writer.EndArray();
                return null;
            case JsonTokenType.PropertyName:
                return String(ref reader, writer, isName: true);
            case JsonTokenType.String:
                return String(ref reader, writer, isName: false);
            case JsonTokenType.Number:
                Span<byte> number = stackalloc byte[CanonicalNumber.MaxLength];
                if (!CanonicalNumber.TryWrite(reader.ValueSpan, number, out var length, out var error))
                    return error;
                writer.Literal(number[..length]);
                return null;
            default:
                writer.Literal(reader.ValueSpan); // true, false, null
                return null;
        }
    }

    private static string? String(ref Utf8JsonReader reader, CanonicalJsonWriter writer, bool isName)
    {
        if (!reader.ValueIsEscaped)
        {
            if (isName)
                writer.Name(reader.ValueSpan, needsEscapes: false);
            else
                writer.String(reader.ValueSpan, needsEscapes: false, reader.CurrentDepth);
            return null;
        }

        // Unescaping never makes it longer.
        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            var text = rented.AsSpan(0, reader.CopyString(rented));
            if (isName)
                writer.Name(text, needsEscapes: true);
            else
                writer.String(text, needsEscapes: true, reader.CurrentDepth);
            return null;
        }
        catch (InvalidOperationException)
        {
            const int most = 40;
            var shown = Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(most, reader.ValueSpan.Length)]);
            return $"the string \"{shown}\" holds a lone surrogate, which has no UTF-8 form";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
