using System.Collections.Immutable;
using FloodActors.Payloads;
using Hyperion;

namespace FloodActors.Tests.Wire;

/// <summary>
/// Sets and dictionaries whose keys were chosen to have one hash code: building them takes comparisons by the square of
/// their number.
/// </summary>
public class CollidingKeysTests
{
    private const int Limit = 1 << 26;
    private const int Many = 5_000;

    private static readonly Type[] Listed =
    [
        typeof(HashSet<long>), typeof(Dictionary<long, int>), typeof(ImmutableHashSet<long>),
        typeof(ImmutableDictionary<long, int>),
        typeof(HashSet<int>), typeof(HashSet<Key>), typeof(Dictionary<Key, string>), typeof(ImmutableHashSet<Key>),
        typeof(ImmutableDictionary<Key, string>),
        typeof(HashSet<string>), typeof(Dictionary<string, int>), typeof(HashSet<object>), typeof(Key), typeof(Holder),
        typeof(List<HashSet<long>>),
        typeof(SortedSet<long>), typeof(SortedDictionary<long, int>), typeof(ImmutableSortedDictionary<long, int>),
    ];

    private static readonly HyperionPayload Objects = new(Listed, 64);
    private static readonly PermittedTypes Permitted = new(Listed);

    /// <summary>The hash code of a long is its upper half XOR its lower.</summary>
    private static IEnumerable<long> Colliding => Enumerable.Range(0, Many).Select(i => ((long)i << 32) | (uint)i);

    // Looked up by name: test runners copy a theory's data about.
    private static readonly Dictionary<string, Func<object>> Attacks = new()
    {
        ["a set of numbers"] = () => Colliding.ToHashSet(),
        ["a dictionary of numbers"] = () => Colliding.ToDictionary(key => key, _ => 1),
        ["an immutable set of numbers"] = () => Colliding.ToImmutableHashSet(),
        ["an immutable dictionary of numbers"] = () => Colliding.ToImmutableDictionary(key => key, _ => 1),
        ["a set of listed types"] = () => Colliding.Select(key => new Key(key)).ToHashSet(),
        ["a dictionary of listed types"] = () => Colliding.ToDictionary(key => new Key(key), _ => ""),
        ["a set of anything"] = () => Colliding.Select(key => (object)key).ToHashSet(),
        ["a set inside an object"] = () => new Holder(Colliding.ToHashSet()),
        ["many sets of few keys"] = () => Colliding.Chunk(1000).Select(keys => keys.ToHashSet()).ToList(),
        ["numbers apart by the number of buckets"] = () =>
            Enumerable.Range(0, Many).Select(i => i * new HashSet<int>(Many).EnsureCapacity(0)).ToHashSet(),
    };

    public static TheoryData<string> Names => [.. Attacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_chosen_to_collide_are_refused_by_who_sends_and_who_receives_them(string attack)
    {
        var value = Attacks[attack]();
        Assert.False(Objects.TryEncode(value, Limit, out _, out var why));
        Assert.Equal(RejectReason.NotSerializable, why!.Reason);
        Assert.Contains("same hash code", why.Message, StringComparison.Ordinal);
        Assert.Contains(
            "same hash code",
            Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(WrittenByAnAttacker(value))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void They_are_refused_before_they_are_compared()
    {
        var body = WrittenByAnAttacker(Enumerable.Range(0, 5000).Select(i => new Key(i) { Same = true }).ToHashSet());
        Key.Compared = 0;
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body));
        Assert.Equal(0, Key.Compared);
    }

    [Fact]
    public void As_many_keys_as_fit_into_a_message_are_taken_when_nobody_chose_them_to_collide()
    {
        const int count = 200_000;
        var numbers = Enumerable.Range(0, count);
        object[] values =
        [
            numbers.ToHashSet(), numbers.Select(i => (long)i * 1000).ToHashSet(),
            numbers.Select(i => $"key {i}").ToHashSet(), numbers.Select(i => new Key(i)).ToHashSet(),
            numbers.ToDictionary(i => (long)i, i => i), numbers.ToImmutableDictionary(i => (long)i, i => i),
            numbers.Select(i => (long)i).ToImmutableHashSet(),
        ];
        foreach (var value in values)
        {
            Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
            Assert.Equal(count, ((System.Collections.IEnumerable)Objects.Decode(body)).Cast<object>().Count());
        }
    }

    [Fact]
    public void A_thousand_keys_of_a_type_with_a_poor_hash_code_are_taken()
    {
        object[] values =
        [
            Colliding.Take(1000).ToHashSet(), Colliding.Take(1000).ToImmutableHashSet(),
            Colliding.Take(1000).ToDictionary(i => i, _ => 1),
            Colliding.Take(1000).ToImmutableDictionary(i => i, _ => 1),
        ];
        foreach (var value in values)
        {
            Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
            Assert.Equivalent(value, Objects.Decode(body));
        }
    }

    [Fact]
    public void Collections_in_the_order_of_their_keys_do_not_mind_hash_codes()
    {
        object[] values = [
            new SortedSet<long>(Colliding), new SortedDictionary<long, int>(Colliding.ToDictionary(i => i, _ => 1)),
            Colliding.ToImmutableSortedDictionary(i => i, _ => 1)];
        foreach (var value in values)
        {
            Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
            Assert.Equal((System.Collections.IEnumerable)value, (System.Collections.IEnumerable)Objects.Decode(body));
        }
    }

    [Fact]
    public void A_set_keeps_an_element_that_is_null_and_a_dictionary_with_a_key_of_another_type_is_undecodable()
    {
        Assert.True(
            Objects.TryEncode(new HashSet<string?> { null, "a" }, Limit, out var body, out var why), why?.Message);
        Assert.Equal([null, "a"], Assert.IsType<HashSet<string?>>(Objects.Decode(body)));
        var bytes = WrittenByAnAttacker(new Dictionary<string, int> { ["a"] = 1 });
        bytes[^7] = 99; // the header of the key, a string, before length, text and value
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(bytes));
    }

    /// <summary>What Hyperion itself writes, which asks nothing, behind a head as it should be.</summary>
    private static byte[] WrittenByAnAttacker(object value)
    {
        var stream = new MemoryStream();
        new Serializer(new SerializerOptions(false, false, null, null, null, true, null, false, null))
            .Serialize(value, stream);
        var named = HyperionScan.CheckValue(Permitted, stream.ToArray(), 64, out _);
        return HyperionHead.Compose(named, stream.ToArray());
    }

    public sealed record Key(long Number)
    {
        public static int Compared { get; set; }

        public bool Same { get; init; }

        public bool Equals(Key? other)
        {
            Compared++;
            return other is not null && other.Number == Number;
        }

        public override int GetHashCode() => Same ? 1 : Number.GetHashCode();
    }
}
