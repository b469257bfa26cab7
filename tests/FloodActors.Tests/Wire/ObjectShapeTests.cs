using System.Text;
using FloodActors.Payloads;

namespace FloodActors.Tests.Wire;

/// <summary>
/// Two versions of a type on two nodes. The other version stands here under a name of the same length, which is put in
/// place of the first one's in the bytes: what a node with that version would receive.
/// </summary>
public class ObjectShapeTests
{
    private const int Limit = 1 << 20;

    private static readonly Type[] Listed =
    [
        typeof(TradeA), typeof(TradeB), typeof(TradeC), typeof(Deal), typeof(LevelA), typeof(LevelB), typeof(Any),
        typeof(Wide), typeof(WideX), typeof(SideA), typeof(SideB),
    ];

    private static readonly HyperionPayload Objects = new(Listed, 64);

    [Fact]
    public void A_member_that_is_called_otherwise_on_another_node_is_undecodable_and_both_shapes_are_named()
    {
        var message = Undecodable(Renamed(new TradeA("FLD", 7, 2.5m), "TradeA", "TradeB"));
        Assert.Contains("TradeB, FloodActors.Tests", message, StringComparison.Ordinal);
        Assert.Contains("(decimal Fee, int Lots, string Symbol)", message, StringComparison.Ordinal);
        Assert.Contains("(decimal Aaa, int Lots, string Symbol)", message, StringComparison.Ordinal);
        Assert.Contains("run the same version", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_of_another_type_of_the_same_length_is_undecodable() =>
        Assert.Contains(
            "(decimal Fee, uint Lots, string Symbol)",
            Undecodable(Renamed(new TradeA("FLD", 7, 2.5m), "TradeA", "TradeC")), StringComparison.Ordinal);

    [Fact]
    public void Types_inside_objects_lists_and_members_without_a_type_are_compared_as_well()
    {
        object[] values = [new Any(new TradeA("FLD", 7, 2.5m)), new Any(new Any(new TradeA("FLD", 7, 2.5m))), new Deal(
            [new TradeA("FLD", 7, 2.5m)], null)];
        foreach (var value in values)
        {
            Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
            Assert.Equivalent(value, Objects.Decode(body));
            Assert.Contains("(decimal Aaa,", Undecodable(Renamed(value, "TradeA", "TradeB")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_enum_whose_values_mean_something_else_on_another_node_is_undecodable()
    {
        var message = Undecodable(Renamed(new Any(LevelA.High), "LevelA", "LevelB"));
        Assert.Contains("(int Low = 0, High = 1)", message, StringComparison.Ordinal);
        Assert.Contains("(int High = 0, Low = 1)", message, StringComparison.Ordinal);
        Assert.Contains(
            "(byte Buy = 0)", Undecodable(Renamed(new Any(SideA.Buy), "SideA", "SideB")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_too_long_to_travel_is_cut_and_hashed_and_a_difference_behind_the_cut_is_noticed()
    {
        var text = ShapeText.Of(typeof(Wide), HyperionShape.FieldsOf(typeof(Wide)));
        Assert.Equal(ShapeText.MaxLength, text.Length);
        Assert.Contains("... #", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
        Assert.Contains(
            "has other members", Undecodable(Renamed(new WideX(), "WideX, F", "Wide, F")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_shape_is_small_beside_the_rest_and_is_there_once_for_each_type()
    {
        Assert.True(Objects.TryEncode(new Deal([], null), Limit, out var none, out _));
        Assert.True(Objects.TryEncode(
            new Deal([.. Enumerable.Repeat(new TradeA("FLD", 7, 2.5m), 2)], null), Limit, out var two, out _));
        Assert.True(Objects.TryEncode(
            new Deal([.. Enumerable.Repeat(new TradeA("FLD", 7, 2.5m), 1002)], null), Limit, out var many, out _));
        Assert.Equal(1, Count(many, "decimal Fee"));
        Assert.InRange(two.Length - none.Length, 1, 200);
        Assert.Equal(0, (many.Length - two.Length) % 1000);
    }

    [Fact]
    public void A_head_that_is_cut_wrong_or_says_more_than_it_should_is_undecodable()
    {
        Assert.True(Objects.TryEncode(new TradeA("FLD", 7, 2.5m), Limit, out var body, out _));
        Assert.Contains("version 2", Undecodable([2, .. body[1..]]), StringComparison.Ordinal);
        Assert.Contains("is empty", Undecodable([]), StringComparison.Ordinal);
        Assert.Contains("ends early", Undecodable([1]), StringComparison.Ordinal);
        Assert.Contains("ends early", Undecodable([1, 255, 255, 255, 255, 15, .. body[2..]]), StringComparison.Ordinal);
        var shapes = body[1];
        Assert.Contains(
            "is missing from its head", Undecodable([1, 0, .. body[(2 + shapes)..]]), StringComparison.Ordinal);
        Assert.Contains(
            "does not name", Undecodable([1, (byte)(shapes + 1), .. body[2..(2 + shapes)], 0, .. body[(2 + shapes)..]]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_peer_calls_its_members_and_types_cannot_steer_a_terminal()
    {
        Assert.True(Objects.TryEncode(new TradeA("FLD", 7, 2.5m), Limit, out var body, out _));
        var shape = Replace(body, "decimal Fee", "\u001b[2J\u2028\u202e ");
        var name = Replace(body, "FloodActors.Tests.Wire", "Flood\u001b[2J\u202eTests.Wire");
        foreach (var hostile in new[] { shape, name })
        {
            var message = Undecodable(hostile);
            Assert.DoesNotContain(message, c => char.IsControl(c) || c is '\u2028' or '\u202e');
            Assert.Contains("?[2J?", message, StringComparison.Ordinal);
        }
    }

    private static byte[] Renamed(object value, string from, string to)
    {
        Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
        return from.Length == to.Length ? Replace(body, from, to) : WithName(body, from, to);
    }

    private static byte[] Replace(byte[] body, string from, string to)
    {
        Assert.Equal(Encoding.UTF8.GetByteCount(from), Encoding.UTF8.GetByteCount(to));
        var changed = body.ToArray();
        var at = changed.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from));
        Encoding.UTF8.GetBytes(to).CopyTo(changed, at);
        return changed;
    }

    /// <summary>For a name of another length: the length stands in four bytes before it.</summary>
    private static byte[] WithName(byte[] body, string from, string to)
    {
        var at = body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from));
        var start = body.AsSpan(0, at).LastIndexOf((byte)255) + 1;
        var changed = new List<byte>(body[..at]);
        changed.AddRange(Encoding.UTF8.GetBytes(to));
        changed.AddRange(body[(at + from.Length)..]);
        changed[start] -= (byte)(from.Length - to.Length);
        return [.. changed];
    }

    private static int Count(byte[] bytes, string text) => Encoding.Latin1.GetString(bytes).Split(text).Length - 1;

    private static string Undecodable(byte[] body) =>
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body)).Message;

    public sealed record TradeA(string Symbol, int Lots, decimal Fee);

    public sealed record TradeB(string Symbol, int Lots, decimal Aaa);

    public sealed record TradeC(string Symbol, uint Lots, decimal Fee);

    public sealed record Deal(List<object> Trades, LevelA? Level);

    public sealed record Any(object Value);

    public enum LevelA
    {
        Low,
        High,
    }

    public enum LevelB
    {
        High,
        Low,
    }

    public enum SideA : sbyte
    {
        Buy,
    }

    public enum SideB : byte
    {
        Buy,
    }

    public class Columns
    {
        public int AColumnWithAVeryLongNameIndeed1 { get; init; }

        public int AColumnWithAVeryLongNameIndeed2 { get; init; }

        public int AColumnWithAVeryLongNameIndeed3 { get; init; }

        public int AColumnWithAVeryLongNameIndeed4 { get; init; }

        public int AColumnWithAVeryLongNameIndeed5 { get; init; }

        public int AColumnWithAVeryLongNameIndeed6 { get; init; }

        public int AColumnWithAVeryLongNameIndeed7 { get; init; }
    }

    public sealed class Wide : Columns
    {
        public int Last { get; init; }
    }

    public sealed class WideX : Columns
    {
        public int Lust { get; init; }
    }
}
