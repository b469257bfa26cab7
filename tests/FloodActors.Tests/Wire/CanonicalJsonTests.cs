using System.Text;
using FloodActors.Payloads;
using FloodActors.Wire;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FloodActors.Tests.Wire;

public class CanonicalJsonTests
{
    private const int Depth = 64;

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("0e5", "0")]
    [InlineData("1e-400", "0")]
    [InlineData("1", "1")]
    [InlineData("-1", "-1")]
    [InlineData("1.0", "1")]
    [InlineData("100e-2", "1")]
    [InlineData("4.50", "4.5")]
    [InlineData("2e-3", "0.002")]
    [InlineData("1E30", "1e+30")]
    [InlineData("333333333.33333329", "333333333.3333333")]
    [InlineData("0.000000000000000000000000001", "1e-27")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("-5e-324", "-5e-324")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("-1.7976931348623157e308", "-1.7976931348623157e+308")]
    [InlineData("2.2250738585072014e-308", "2.2250738585072014e-308")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("1000000000000000000000", "1e+21")]
    [InlineData("123456789012345680000", "123456789012345680000")]
    [InlineData("1.5e22", "1.5e+22")]
    [InlineData("1e-6", "0.000001")]
    [InlineData("1.5e-6", "0.0000015")]
    [InlineData("1e-7", "1e-7")]
    [InlineData("1.25e-7", "1.25e-7")]
    [InlineData("9007199254740991", "9007199254740991")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("9007199254740994", "9007199254740994")]
    [InlineData("-9007199254740991", "-9007199254740991")]
    [InlineData("999999999999999", "999999999999999")]
    [InlineData("9.999999999999997e22", "9.999999999999997e+22")]
    [InlineData("295147905179352830000", "295147905179352830000")]
    [InlineData("1424953923781206.2", "1424953923781206.2")]
    [InlineData("0.1", "0.1")]
    [InlineData("0.30000000000000004", "0.30000000000000004")]
    [InlineData("12345678901234567890.5", "12345678901234567000")]
    public void A_number_is_printed_as_ECMAScript_prints_it(string literal, string expected)
    {
        Assert.Equal(expected, Canonical(literal));
        Assert.Equal($"[{expected}]", Canonical($" [ {literal} ] "));
        Assert.Equal(expected, Canonical(expected));
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("12345678901234567890")]
    [InlineData("-12345678901234567890")]
    [InlineData("9007199254740993")]
    [InlineData("18446744073709551616")]
    public void A_number_that_would_come_back_as_another_is_refused_with_the_advice_to_send_a_string(string literal)
    {
        var error = Refused($"{{\"n\":{literal}}}");
        Assert.Contains(literal, error, StringComparison.Ordinal);
        Assert.Contains("send it as a string", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sample_object_of_the_standard_becomes_its_canonical_form()
    {
        const string input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string expected = """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,"""
            + """4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""";
        Assert.Equal(expected, Canonical(input));
    }

    [Fact]
    public void Names_are_ordered_by_UTF_16_code_units()
    {
        const string input =
            """
            {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One",
            "\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"Latin"}
            """;
        const string expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin\","
            + "\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\uFB33\":\"Hebrew\"}";
        Assert.Equal(expected, Canonical(input));
    }

    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("[]", "[]")]
    [InlineData(" [ ] ", "[]")]
    [InlineData("""{"":1}""", """{"":1}""")]
    [InlineData("""{"b":{"d":1,"c":[{"z":1,"y":2}]},"a":2}""", """{"a":2,"b":{"c":[{"y":2,"z":1}],"d":1}}""")]
    [InlineData("""{"ab":1,"a":2,"a\u0000":3}""", """{"a":2,"a\u0000":3,"ab":1}""")]
    [InlineData("""["\u0000\u001F\b\f\n\r\t\"\\\/\u007f"]""", "[\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\u007f\"]")]
    public void Structure_and_escapes_are_minimal(string input, string expected) =>
        Assert.Equal(expected, Canonical(input));

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData(" \"a\\u0041\\n\" ", "aA\n")]
    public void A_string_comes_out_as_its_text(string input, string expected)
    {
        Assert.True(
            CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(input), Depth, out var body, out var isText, out _));
        Assert.True(isText);
        Assert.Equal(expected, Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("{} {}")]
    [InlineData("1 2")]
    [InlineData("\"a\" x")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("// c\n1")]
    [InlineData("[1 /* c */]")]
    [InlineData("{a:1}")]
    [InlineData("'a'")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("[\"\u0001\"]")]
    [InlineData("[\"\\x41\"]")]
    [InlineData("[")]
    [InlineData("tru")]
    [InlineData("\uFEFF1")]
    public void What_is_not_JSON_is_refused(string input) => Refused(input);

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"b":0,"\u0061":2}""")]
    [InlineData("""[{"x":{"b":1,"a":1,"b":1}}]""")]
    public void A_name_that_occurs_twice_is_refused(string input)
        => Assert.Contains("occurs twice", Refused(input), StringComparison.Ordinal);

    [Theory]
    [InlineData("""["\ud800"]""")]
    [InlineData("""["\udc00\ud800"]""")]
    [InlineData("""{"\udfff":1}""")]
    [InlineData("\"\\ud83d\"")]
    public void A_lone_surrogate_is_refused(string input)
        => Assert.Contains("lone surrogate", Refused(input), StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        Assert.False(
            CanonicalJson.TryCanonicalize([(byte)'"', 0xC3, 0x28, (byte)'"'], Depth, out _, out _, out var error));
        Assert.Contains("UTF-8", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_up_to_the_limit_is_taken_and_one_more_is_refused_by_the_name_of_the_setting()
    {
        static string Nested(int depth) =>
            string.Concat(Enumerable.Repeat("[", depth)) + string.Concat(Enumerable.Repeat("]", depth));
        Assert.Equal(Nested(Depth), Canonical(Nested(Depth)));
        Assert.Contains("flood.json.max-depth", Refused(Nested(Depth + 1)), StringComparison.Ordinal);
        Assert.Contains("flood.json.max-depth", Refused(Nested(1_000_000)), StringComparison.Ordinal);
        Assert.Contains(
            "flood.json.max-depth", Refused(string.Concat(Enumerable.Repeat("{\"a\":", 1_000_000))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_of_many_levels_costs_no_stack()
    {
        const int levels = 200_000;
        var nested = string.Concat(Enumerable.Repeat("[", levels)) + string.Concat(Enumerable.Repeat("]", levels));
        Assert.True(CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(nested), levels, out _, out _, out _));
    }

    [Property(MaxTest = 1000)]
    public Property Every_double_reads_back_as_itself_from_its_canonical_form(double any)
    {
        if (!double.IsFinite(any))
            return true.ToProperty();
        Span<byte> text = stackalloc byte[CanonicalNumber.MaxLength];
        var length = CanonicalNumber.Format(any, text);
        var back = double.Parse(text[..length], System.Globalization.CultureInfo.InvariantCulture);
        return (back == any).Label($"{any:R} became {Encoding.ASCII.GetString(text[..length])}");
    }

    [Property(MaxTest = 3000)]
    public Property However_a_value_is_printed_it_has_one_canonical_form(int seed)
    {
        var random = new Random(seed);
        var value = new JsonModel.List([JsonModel.Make(random, 4)]);
        var first = Print(value, random);
        var second = Print(value, random);
        var canonical = Canonical(first);
        var same = canonical == Canonical(second) && canonical == Canonical(canonical)
            && CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(canonical), Depth, out _);
        return same.Label($"seed {seed}:\n{first}\n{second}\n{canonical}");
    }

    private static string Print(JsonModel value, Random random)
    {
        var text = new StringBuilder();
        value.Print(text, random);
        return text.ToString();
    }

    private static string Canonical(string json)
    {
        Assert.True(
            CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(json), Depth, out var body, out _, out var error),
            error + "\n" + json);
        return Encoding.UTF8.GetString(body);
    }

    private static string Refused(string json)
    {
        Assert.False(
            CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(json), Depth, out _, out _, out var error), json);
        Assert.NotNull(error);
        return error;
    }
}
