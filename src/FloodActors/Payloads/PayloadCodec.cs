using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FloodActors.Wire;

namespace FloodActors.Payloads;

/// <summary>A payload as it is sent.</summary>
internal readonly record struct EncodedPayload(PayloadKind Kind, ReadOnlyMemory<byte> Body);

/// <summary>
/// Turns payloads into the bytes that are sent and back, and computes the ids of those bytes. Encoding returns a
/// rejection for any invalid input; decoding throws <see cref="UndecodablePayloadException"/> for any invalid bytes of
/// a peer, and nothing else. Thread-safe.
/// </summary>
internal sealed class PayloadCodec : IPayloadDecoder
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly PayloadOptions _options;
    private readonly HyperionPayload _objects;
    private readonly ContentIdHash _hash;

    /// <exception cref="ArgumentException">A type of <see cref="PayloadOptions.HyperionTypes"/> cannot be a
    /// payload.</exception>
    public PayloadCodec(PayloadOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxMessageSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxJsonDepth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxObjectDepth);
        _options = options;
        _hash = ContentIds.Of(options.Hash);
        _objects = new HyperionPayload(options.HyperionTypes, options.MaxObjectDepth);
    }

    /// <summary>Encodes a payload, or says why it is refused.</summary>
    public bool TryEncode(
        FloodPayload payload, out EncodedPayload encoded, [NotNullWhen(false)] out FloodRejection? why)
    {
        var kind = payload.Kind;
        why = null;
        byte[] body = payload.Content switch
        {
            FloodPayload.Ready ready => ready.Body,
            string text when kind == PayloadKind.Text => EncodeText(text, out why),
            _ when kind == PayloadKind.Json => EncodeJson(payload.Content, ref kind, out why),
            byte[] bytes when kind == PayloadKind.Bytes => bytes,
            _ => _objects.TryEncode(payload.Content, _options.MaxMessageSize, out var written, out why) ? written : [],
        };
        if (why is null && body.Length > _options.MaxMessageSize)
            why = TooLarge(body.Length, _options.MaxMessageSize);
        encoded = why is null ? new EncodedPayload(kind, body) : default;
        return why is null;
    }

    /// <summary>The id of a payload's content: see <see cref="ContentIds"/>.</summary>
    public MessageId ContentId(PayloadKind kind, ReadOnlySpan<byte> body) => _hash(kind, body);

    /// <summary>The same with a header.</summary>
    public MessageId ContentId(PayloadKind kind, ReadOnlySpan<byte> body, ReadOnlySpan<byte> header) =>
        ContentIds.Of(_hash, kind, header, body);

    /// <summary>The text of a <see cref="PayloadKind.Text"/> body.</summary>
    /// <exception cref="UndecodablePayloadException">The bytes are not UTF-8.</exception>
    public string DecodeText(ReadOnlySpan<byte> body)
    {
        try
        {
            return Strict.GetString(body);
        }
        catch (ArgumentException exception)
        {
            throw new UndecodablePayloadException("The text payload is not valid UTF-8.", exception);
        }
    }

    /// <summary>
    /// The value of a <see cref="PayloadKind.Json"/> body. Without a topic only canonical bytes are accepted: a
    /// flood node sends no other form, and a value with two forms would be two messages. In a topic the bytes are those
    /// that the codec wrote.
    /// </summary>
    /// <exception cref="UndecodablePayloadException">The bytes are not the canonical form of a JSON value.</exception>
    public JsonElement DecodeJson(ReadOnlyMemory<byte> body, bool isCanonical = true)
    {
        if (!isCanonical) return ParseJson(body);
        if (!CanonicalJson.IsCanonical(body.Span, _options.MaxJsonDepth, out var error))
            throw new UndecodablePayloadException($"The JSON payload cannot be read: {error}.");
        return JsonElement.Parse(body.Span, new JsonDocumentOptions { MaxDepth = _options.MaxJsonDepth });
    }

    private JsonElement ParseJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            if (!System.Text.Unicode.Utf8.IsValid(body.Span))
                throw new UndecodablePayloadException("The JSON payload cannot be read: it is not UTF-8.");
            return JsonElement.Parse(body.Span, new JsonDocumentOptions { MaxDepth = _options.MaxJsonDepth });
        }
        catch (JsonException e)
        {
            throw new UndecodablePayloadException($"The JSON payload cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The object of a <see cref="PayloadKind.Object"/> body.</summary>
    /// <exception cref="UndecodablePayloadException">The bytes are not an object of a type that is listed
    /// here.</exception>
    public object DecodeObject(ReadOnlyMemory<byte> body) => _objects.Decode(body);

    /// <summary>No lone surrogates: the text has a UTF-8 form that reads back as itself.</summary>
    internal static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        for (var i = text.IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    internal static FloodRejection TooLarge(long size, int limit) => new(
        RejectReason.TooLarge,
        string.Create(
            CultureInfo.InvariantCulture, $"The message takes {size} bytes, and flood.max-message-size is {limit}."));

    private byte[] EncodeText(string text, out FloodRejection? why)
    {
        why = null;
        try
        {
            // The size is counted first: a text that is too large is not copied.
            var size = Strict.GetByteCount(text);
            if (size > _options.MaxMessageSize)
                why = TooLarge(size, _options.MaxMessageSize);
            return why is null ? Strict.GetBytes(text) : [];
        }
        catch (EncoderFallbackException exception)
        {
            why = new FloodRejection(
                RejectReason.InvalidText,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The text holds a lone surrogate at index {exception.Index}, which has no UTF-8 form: "
                    + $"send it as bytes, or without it."));
            return [];
        }
    }

    private byte[] EncodeJson(object content, ref PayloadKind kind, out FloodRejection? why)
    {
        byte[] utf8 = [];
        string? error = null;
        if (content is byte[] bytes)
            utf8 = bytes;
        else if (content is FloodPayload.Flaw flaw)
            error = flaw.Why;
        else if (IsWellFormed((string)content))
            utf8 = Encoding.UTF8.GetBytes((string)content);
        else
            error = "it holds a lone surrogate, which has no UTF-8 form";

        byte[] body = [];
        var isText = false;
        if (error is null && CanonicalJson.TryCanonicalize(utf8, _options.MaxJsonDepth, out body, out isText, out error)
            && isText)
            kind = PayloadKind.Text;
        why = error is null ? null : new FloodRejection(RejectReason.InvalidJson, $"The JSON is refused: {error}.");
        return body;
    }
}
