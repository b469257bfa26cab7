using System.Globalization;
using System.Text;

namespace FloodActors.Tests.Wire;

/// <summary>A JSON value as a model, so that it can be printed in many ways.</summary>
internal abstract record JsonModel
{
    public sealed record Text(string Value) : JsonModel;

    public sealed record Number(double Value) : JsonModel;

    public sealed record Word(string Value) : JsonModel;

    public sealed record List(JsonModel[] Values) : JsonModel;

    public sealed record Members(KeyValuePair<string, JsonModel>[] Values) : JsonModel;

    private static readonly string[] Characters =
    [
        "a", "b", "\"", "\\", "/", "\n", "\u0001", "\u007f", "é", "€", "דּ", "\uFB33", "😂", "\uE000", "\uFFFF",
        "𐀀", " ", "0",
    ];

    public static JsonModel Make(Random random, int depth) => random.Next(depth > 0 ? 7 : 4) switch
    {
        0 => new Text(RandomText(random)),
        1 => new Number(RandomNumber(random)),
        2 => new Number(random.Next(-1000, 1000)),
        3 => new Word(random.Next(3) switch { 0 => "true", 1 => "false", _ => "null" }),
        4 or 5 =>
            new Members([.. Enumerable.Range(0, random.Next(6)).Select(_ => RandomText(random))
                .Distinct(StringComparer.Ordinal)
                .Select(name => KeyValuePair.Create(name, Make(random, depth - 1)))]),
        _ => new List([.. Enumerable.Range(0, random.Next(5)).Select(_ => Make(random, depth - 1))]),
    };

    /// <summary>Prints the value with spacing, order of names, escapes and number forms at random.</summary>
    public void Print(StringBuilder to, Random random)
    {
        Space(to, random);
        switch (this)
        {
            case Text text:
                PrintText(to, text.Value, random);
                break;
            case Number number:
                to.Append(PrintNumber(number.Value, random));
                break;
            case Word word:
                to.Append(word.Value);
                break;
            case List list:
                Separated(to, '[', ']', list.Values, value => value.Print(to, random));
                break;
            case Members members:
                var shuffled = members.Values.ToArray();
                random.Shuffle(shuffled);
                Separated(to, '{', '}', shuffled, member =>
                {
                    Space(to, random);
                    PrintText(to, member.Key, random);
                    Space(to, random);
                    to.Append(':');
                    member.Value.Print(to, random);
                });
                break;
        }

        Space(to, random);
    }

    private static void Separated<T>(StringBuilder to, char open, char close, T[] values, Action<T> print)
    {
        to.Append(open);
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
                to.Append(',');
            print(values[i]);
        }

        to.Append(close);
    }

    private static void Space(StringBuilder to, Random random)
        => to.Append(random.Next(6) switch { 0 => " ", 1 => "\n\t", 2 => "\r\n ", _ => "" });

    private static void PrintText(StringBuilder to, string text, Random random)
    {
        to.Append('"');
        foreach (var c in text)
        {
            if (c == '/' && random.Next(2) == 0)
                to.Append("\\/");
            else if (c == '\n' && random.Next(2) == 0)
                to.Append("\\n");
            else if (c is '"' or '\\' && random.Next(2) == 0)
                to.Append('\\').Append(c);
            else if (c < ' ' || c is '"' or '\\' || (random.Next(4) == 0 && !char.IsSurrogate(c)))
                to.Append("\\u")
                    .Append(((int)c).ToString(random.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture));
            else
                to.Append(c);
        }

        to.Append('"');
    }

    private static string PrintNumber(double value, Random random) => random.Next(4) switch
    {
        0 =>
            value.ToString("R", CultureInfo.InvariantCulture) is var plain
                && plain.Contains('E', StringComparison.Ordinal)
                ? plain
                : plain + (plain.Contains('.', StringComparison.Ordinal) ? "000" : ".0"),
        1 => value.ToString("E16", CultureInfo.InvariantCulture),
        2 =>
            value.ToString("0.0################e+0", CultureInfo.InvariantCulture) is var scaled
                && double.Parse(scaled, CultureInfo.InvariantCulture) == value
                ? scaled
                : value.ToString("E16", CultureInfo.InvariantCulture).ToLowerInvariant(),
        _ => value.ToString("E20", CultureInfo.InvariantCulture),
    };

    private static double RandomNumber(Random random)
    {
        if (random.Next(3) == 0)
            return Math.Round(random.NextDouble() * 1000, random.Next(6));
        var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
        return double.IsFinite(value) ? value : 0.1;
    }

    private static string RandomText(Random random)
        => string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => Characters[random.Next(Characters.Length)]));
}
