using System.Buffers;
using System.Text;

namespace FloodActors.Streams.Json;

/// <summary>
/// Cuts a stream of bytes into JSON values, each followed by a blank line. It sees every byte once, in whatever chunks
/// they come, needs no stack for depth, and holds nothing but the current value: without white space and with the
/// escapes of JSON strings resolved, so that the size limit does not depend on how the value was printed.
/// </summary>
/// <remarks>
/// It checks just enough to know where a value ends and that it stays within its limits; the parser that gets the
/// value decides whether it is JSON. As with npm's <c>pull-json-doubleline</c>, the text between two blank lines is
/// one value, and an empty text is none.
/// </remarks>
internal sealed class JsonValueScanner(int maxBytes, int maxDepth, ValueMemory? memory = null)
{
    /// <summary>
    /// Every connection has this much; a value that needs more takes it from the memory that all connections
    /// share.
    /// </summary>
    public const int OwnBuffer = 64 << 10;

    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    /// <summary>
    /// The characters of JSON outside strings, except white space: they reveal another protocol by its first letters.
    /// </summary>
    private static readonly SearchValues<byte> Tokens = SearchValues.Create("{}[],:\"-+.0123456789Eaeflnrstu"u8);

    private byte[] _own = new byte[256];
    private bool _isLarge; // its bytes are in the shared memory
    private int _length;
    private int _depth;
    private int _newlines;
    private bool _inString;
    private bool _gap; // white space since the last token
    private int _escape; // 0 outside an escape, 1 after the backslash, 2 to 5 before each digit of \uXXXX
    private int _unit; // the UTF-16 code unit of the current escape
    private int _high; // a high surrogate that waits for its low one

    private byte[] Buffer => _isLarge ? memory!.Buffer : _own;

    /// <summary>Whether a value has begun and not ended.</summary>
    public bool IsWithin => _length > 0;

    /// <summary>
    /// Whether what came so far is a value that cannot continue: an object, an array, a string or a word,
    /// but not a number.
    /// </summary>
    public bool IsWhole =>
        _length > 0 && !_inString && _depth == 0
            && Buffer[_length - 1] is (byte)'}' or (byte)']' or (byte)'"' or (byte)'e' or (byte)'l';

    /// <summary>The current value; valid until the next call.</summary>
    public ReadOnlySpan<byte> Value => Buffer.AsSpan(0, _length);

    /// <summary>
    /// Reads input. Returns whether a value has ended; then <see cref="Value"/> holds it until <see cref="Clear"/>,
    /// and <paramref name="input"/> is the rest.
    /// </summary>
    /// <exception cref="FloodStreamException">A limit is exceeded, or this cannot become JSON.</exception>
    public bool Read(ref ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            if (_escape > 0)
            {
                Escape(input[0]);
                input = input[1..];
            }
            else if (_inString)
            {
                var stop = input.IndexOfAny(StringStops);
                var plain = stop < 0 ? input : input[..stop];
                if (plain.Length > 0) Plain(plain);
                if (stop >= 0) StringStop(input[stop]);
                input = input[(stop < 0 ? input.Length : stop + 1)..];
            }
            else
            {
                var b = input[0];
                input = input[1..];
                if (Outside(b)) return true;
                if (b == ' ') input = input.TrimStart((byte)' ');
            }
        }
        return false;
    }

    /// <summary>Forgets the value, before the next.</summary>
    public void Clear()
    {
        _length = 0;
        _gap = false;
        if (_isLarge) memory!.Keep();
        _isLarge = false;
        if (_own.Length > OwnBuffer) _own = new byte[256];
    }

    /// <summary>The last value has been handled: its memory is free for others.</summary>
    public void Release() => memory?.Release();

    /// <summary>Gives up its memory, after the last value.</summary>
    public void Drop()
    {
        (_own, _isLarge, _length) = ([], false, 0);
        memory?.Release();
    }

    private bool Outside(byte b)
    {
        switch (b)
        {
            case (byte)'\n':
                _gap = true;
                if (++_newlines < 2) return false;
                if (_depth > 0) throw Wrong("a blank line stands within a value");
                return _length > 0;
            case (byte)' ' or (byte)'\t':
                _gap = true;
                _newlines = 0;
                return false;
            case (byte)'\r':
                _gap = true;
                return false;
        }
        if (!Tokens.Contains(b)) throw Wrong($"the byte {b:x2} stands outside of a string");
        _newlines = 0;
        if (_depth == 0 && _length > 0 && (_gap || Buffer[_length - 1] is (byte)'}' or (byte)']' or (byte)'"'))
            throw Wrong(
                "a value is followed by something other than a blank line; write two line feeds after each value");
        var structural = IsStructural(b);
        // "1 2" must not become "12": one space stays where it separates two tokens, and the parser refuses it.
        if (_gap && _length > 0 && !structural && !IsStructural(Buffer[_length - 1])) Add((byte)' ');
        _gap = false;
        switch (b)
        {
            case (byte)'{' or (byte)'[':
                if (++_depth > maxDepth)
                    throw new FloodStreamException(
                        "", LinkEnd.ProtocolError,
                        $"a value is nested deeper than {maxDepth} levels (flood.json.max-depth)");
                break;
            case (byte)'}' or (byte)']':
                if (--_depth < 0) throw Wrong($"a '{(char)b}' ends what never began");
                break;
            case (byte)'"':
                _inString = true;
                break;
        }
        Add(b);
        return false;
    }

    private void Plain(ReadOnlySpan<byte> text)
    {
        EndHigh();
        Add(text);
    }

    private void StringStop(byte b)
    {
        if (b == '\\')
        {
            _escape = 1;
            return;
        }
        if (b != '"')
            throw Wrong(
                b == '\n' ? "a line ends within a string" : $"a string holds the control character {b:x2} as it is");
        EndHigh();
        _inString = false;
        Add(b);
    }

    private void Escape(byte b)
    {
        if (_escape == 1)
        {
            if (b == 'u')
            {
                (_escape, _unit) = (2, 0);
                return;
            }
            EndHigh();
            _escape = 0;
            switch (b)
            {
                case (byte)'/': Add(b); break;
                case (byte)'"' or (byte)'\\' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                    Add([(byte)'\\', b]);
                    break;
                default: throw Wrong($"\\{(char)b} is no escape");
            }
            return;
        }
        if (!char.IsAsciiHexDigit((char)b)) throw Wrong("\\u stands without four hexadecimal digits");
        _unit = (_unit << 4) | (b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10);
        if (++_escape <= 5) return;
        _escape = 0;
        EscapedUnit(_unit);
    }

    private void EscapedUnit(int unit)
    {
        if (_high > 0 && unit is >= 0xDC00 and <= 0xDFFF)
        {
            var rune = new Rune((char)_high, (char)unit);
            _high = 0;
            Encoded(rune);
            return;
        }
        EndHigh();
        if (unit is >= 0xD800 and <= 0xDBFF) _high = unit;
        else if (unit is < 0x20 or '"' or '\\' or (>= 0xDC00 and <= 0xDFFF)) Verbatim(unit);
        else Encoded(new Rune(unit));
    }

    private void Encoded(Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        Add(utf8[..rune.EncodeToUtf8(utf8)]);
    }

    /// <summary>A lone surrogate is left as it came: the flood refuses the value and says why.</summary>
    private void EndHigh()
    {
        if (_high == 0) return;
        Verbatim(_high);
        _high = 0;
    }

    private void Verbatim(int unit) => Add(Encoding.ASCII.GetBytes($"\\u{unit:x4}"));

    private void Add(byte b)
    {
        var buffer = Buffer;
        if (_length < buffer.Length && _length < maxBytes) buffer[_length++] = b;
        else Add(new ReadOnlySpan<byte>(in b));
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > maxBytes - _length)
            throw new FloodStreamException(
                "", LinkEnd.MessageTooLarge, $"a value exceeds {maxBytes} bytes (flood.max-message-size)");
        var buffer = Buffer;
        if (bytes.Length > buffer.Length - _length)
            buffer = Grow(
                (int)Math.Min(Math.Max(_length + (long)bytes.Length, buffer.Length * 2L), Math.Max(maxBytes, 256)));
        bytes.CopyTo(buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private byte[] Grow(int size)
    {
        if (memory is null || size <= OwnBuffer)
        {
            Array.Resize(ref _own, size);
            return _own;
        }
        memory.Take(size, Buffer.AsSpan(0, _length));
        _isLarge = true;
        return memory.Buffer;
    }

    private static bool IsStructural(byte b) =>
        b is (byte)'{' or (byte)'}' or (byte)'[' or (byte)']' or (byte)',' or (byte)':';

    private static FloodStreamException Wrong(string what) =>
        new("", LinkEnd.ProtocolError, $"what came is not JSON separated by blank lines: {what}");
}
