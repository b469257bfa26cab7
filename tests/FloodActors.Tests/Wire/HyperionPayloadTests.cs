using System.Collections.Immutable;
using System.Text;
using FloodActors.Payloads;
using FloodActors.Wire;
using Hyperion;

namespace FloodActors.Tests.Wire;

public class HyperionPayloadTests
{
    private const int Limit = 4 * 1024 * 1024;
    private const int Depth = 64;

    private static readonly Type[] Listed =
    [
        typeof(Order), typeof(Line), typeof(Mutable), typeof(Coordinate), typeof(Circle), typeof(Drawing),
        typeof(Chain), typeof(Loop),
        typeof(Holder), typeof(List<Line>), typeof(List<object>),
    ];

    private static readonly HyperionPayload Objects = new(Listed, Depth);
    private static readonly PermittedTypes Permitted = new(Listed);

    [Fact]
    public void A_record_with_members_of_every_permitted_sort_comes_back_equal()
    {
        var order = Samples.Order();
        var back = Assert.IsType<Order>(RoundTrip(order));
        Assert.Equal(
            order with
            {
                Weights = back.Weights,
                Photo = back.Photo,
                Notes = back.Notes,
                Lines = back.Lines,
                Tags = back.Tags,
                ByName = back.ByName,
                Numbers = back.Numbers,
                Shown = back.Shown,
                Labels = back.Labels,
            },
            back);
        Assert.Equivalent(order, back, strict: true);
        Assert.Equal(
            order.ByName.OrderBy(pair => pair.Key, StringComparer.Ordinal),
            back.ByName.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Mutable_and_immutable_collections_come_back_with_their_elements_in_order()
    {
        var given = Samples.Mutable();
        var back = Assert.IsType<Mutable>(RoundTrip(given));
        Assert.Equal(given.Numbers, back.Numbers);
        Assert.Equal(given.Lines, back.Lines);
        Assert.Equal(given.Words, back.Words);
        Assert.Equal(given.Sorted, back.Sorted);
        Assert.Equal(given.Ordered, back.Ordered);
        Assert.Equal(given.Waiting, back.Waiting);
        Assert.Equal(given.Stack, back.Stack);
        Assert.Equal(given.Queue, back.Queue);
        Assert.Equal(given.Sizes, back.Sizes);
        Assert.Equal(given.Set, back.Set);
        Assert.Equal(given.Rows, back.Rows);
        Assert.Equal(given.Holes, back.Holes);
        Assert.Equal(given.Flags, back.Flags);
        Assert.Equal(given.Place, back.Place);
        Assert.Equal(given.Places, back.Places);
    }

    [Fact]
    public void Listed_subtypes_and_primitives_may_stand_in_members_of_a_base_type()
    {
        var back = Assert.IsType<Drawing>(RoundTrip(new Drawing([new Circle(2)], 42)));
        Assert.Equal(new Circle(2), Assert.Single(back.Shapes));
        Assert.Equal(42, back.Any);
    }

    [Fact]
    public void Listed_collections_may_be_payloads_themselves_and_primitives_and_arrays_of_them_always_may()
    {
        object[] primitives = [
            true, (byte)1, (sbyte)-1, (short)1, 1, 2L, 1u, 1ul, (ushort)1, 1.5f, 1.5, 1.5m, 'x', "x", Guid.NewGuid(),
            DateTime.UnixEpoch, DateTimeOffset.UnixEpoch];
        foreach (var primitive in primitives)
            Assert.Equal(primitive, RoundTrip(primitive));
        string?[] texts = ["a", null];
        Assert.Equal(texts, Assert.IsType<string?[]>(RoundTrip(texts)));
        Assert.Equal([new Line("a", 1, 2m)], Assert.IsType<List<Line>>(RoundTrip(new List<Line> { new("a", 1, 2m) })));
        Assert.Equal([1, 2], Assert.IsType<int[]>(RoundTrip(new[] { 1, 2 })));
        Assert.Equal("text", RoundTrip("text"));
        Assert.Equal(new string('x', 300), RoundTrip(new string('x', 300)));
        Assert.Equal([1, 2], Assert.IsType<byte[]>(RoundTrip(new byte[] { 1, 2 })));
    }

    [Fact]
    public void A_type_that_is_not_listed_is_refused_at_any_depth_naming_the_setting_and_the_type()
    {
        var outermost = Refused(new Unlisted(1), RejectReason.TypeNotAllowed);
        var inside = Refused(new Holder(new List<object> { new Holder(new Unlisted(1)) }), RejectReason.TypeNotAllowed);
        var subtype = Refused(new Drawing([new Square(1)], null), RejectReason.TypeNotAllowed);
        Assert.Contains(
            "\"System.Collections.Generic.List`1[[FloodActors.Tests.Wire.Unlisted, FloodActors.Tests]], "
            + "System.Private.CoreLib\"",
            Refused(new List<Unlisted>(), RejectReason.TypeNotAllowed),
            StringComparison.Ordinal);
        foreach (var message in new[] { outermost, inside })
        {
            Assert.Contains("flood.hyperion.types", message, StringComparison.Ordinal);
            Assert.Contains("FloodActors.Tests.Wire.Unlisted, FloodActors.Tests", message, StringComparison.Ordinal);
        }

        Assert.Contains("FloodActors.Tests.Wire.Square", subtype, StringComparison.Ordinal);
        Refused(new Holder(new Action(() => { })), RejectReason.TypeNotAllowed);
        Refused(new Holder(new int[2, 2]), RejectReason.TypeNotAllowed);
        Refused(new Holder(new InvalidOperationException()), RejectReason.TypeNotAllowed);
        Refused(new Holder(typeof(int)), RejectReason.NotSerializable);
        Refused(new Holder(new object()), RejectReason.NotSerializable);
    }

    [Fact]
    public void A_type_that_is_not_listed_here_is_undecodable()
    {
        var elsewhere = new HyperionPayload([typeof(Unlisted), typeof(Holder), typeof(List<Unlisted>)], Depth);
        foreach (object value in new object[]
        {
            new Unlisted(1), new Holder(new Unlisted(2)), new List<Unlisted> { new(3) },
        })
        {
            Assert.True(elsewhere.TryEncode(value, Limit, out var body, out _));
            Assert.Equivalent(value, elsewhere.Decode(body));
            var exception = Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body));
            Assert.Contains("flood.hyperion.types", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Permitted_members_are_not_payloads_by_themselves()
    {
        Refused(new ValueTuple<int, string>(1, "a"), RejectReason.TypeNotAllowed);
        Refused(Priority.High, RejectReason.TypeNotAllowed);
        var elsewhere = new HyperionPayload([typeof(Priority)], Depth);
        Assert.True(elsewhere.TryEncode(Priority.High, Limit, out var body, out _));
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body));
    }

    [Fact]
    public void An_object_that_refers_to_itself_is_refused_and_the_process_lives()
    {
        var loop = new Loop();
        loop.Self = loop;
        Assert.Contains("refers to itself", Refused(loop, RejectReason.NotSerializable), StringComparison.Ordinal);
        var list = new List<object>();
        list.Add(list);
        Refused(list, RejectReason.NotSerializable);
    }

    [Fact]
    public void A_serializer_that_never_ends_is_stopped_even_when_the_stack_does_not_grow()
    {
        using var stream = new FloodActors.Payloads.BoundedWriteStream(1000);
        var piece = new byte[1 << 20];
        void WriteOn()
        {
            for (var i = 0; i < 1000; i++) stream.Write(piece);
        }

        Assert.Throws<FloodActors.Payloads.EndlessPayloadException>(WriteOn);
        Assert.InRange(stream.Count, 1000, 1000 + FloodActors.Payloads.BoundedWriteStream.MostBeyond + (1 << 20));
        Assert.True(stream.Written.Length <= 1000);
    }

    [Fact]
    public void Nesting_up_to_the_limit_is_carried_and_deeper_is_refused_naming_the_setting()
    {
        static Chain Make(int levels) => levels == 1 ? new Chain(1, null) : new Chain(levels, Make(levels - 1));
        Assert.Equal(Make(Depth), RoundTrip(Make(Depth)));
        Assert.Contains(
            "flood.hyperion.max-depth", Refused(Make(Depth + 1), RejectReason.NotSerializable),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_by_the_million_from_a_peer_is_undecodable_and_the_process_lives()
    {
        var header = Header(typeof(Chain));
        var bytes = new List<byte>(Body(header, typeof(Chain)));
        for (var i = 0; i < 1_000_000; i++)
            bytes.AddRange([254, 0, 0]);
        Assert.Contains("flood.hyperion.max-depth", Undecodable(bytes.ToArray()), StringComparison.Ordinal);

        var lists = new List<byte>(Body(Header(typeof(List<object>)))) { 1, 0, 0, 0 };
        for (var i = 0; i < 500_000; i++)
            lists.AddRange([254, 0, 0, 1, 0, 0, 0]);
        Assert.Contains("flood.hyperion.max-depth", Undecodable(lists.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_string_with_a_lone_surrogate_is_refused_not_altered()
    {
        Assert.Contains(
            "lone surrogate", Refused(new Line("a\ud800", 1, 1), RejectReason.NotSerializable),
            StringComparison.Ordinal);
        Refused(new Mutable { Lines = { ["\udc00"] = new Line("", 1, 1) } }, RejectReason.NotSerializable);
        Assert.Equal(new Line("\uFFFD", 1, 1), RoundTrip(new Line("\uFFFD", 1, 1)));
    }

    public static TheoryData<string, byte[]> Bombs()
    {
        byte[] most = [0xFF, 0xFF, 0xFF, 0x7F];
        byte[] gigabyte = [0, 0, 0, 0x40];
        byte[] negative = [0xFF, 0xFF, 0xFF, 0xFF];
        var data = new TheoryData<string, byte[]>();
        foreach (var claim in new[] { most, gigabyte, negative })
        {
            data.Add("a byte array", Body([9, .. claim]));
            data.Add("a string", Body([7, 255, .. claim]));
            data.Add("an int array", Body([252, 8, .. claim]));
            data.Add("a decimal array", Body([252, 14, .. claim]));
            data.Add("a string array", Body([252, 7, .. claim]));
            data.Add("an array of arrays", Body([252, 252, .. claim]));
            data.Add("a type's name", Body([255, .. claim]));
            data.Add("a versioned type's name", Body([251, .. claim]));
            data.Add("a type", Body([16, 255, .. claim]));
            foreach (var type in new[] { typeof(List<Line>), typeof(List<object>) })
                data.Add(type.ToString(), Body([.. Header(type), .. claim]));
            foreach (var type in new[]
            {
                typeof(Line[]), typeof(Coordinate[]), typeof(ImmutableArray<Line>), typeof(ImmutableList<string>),
                typeof(ImmutableStack<int>), typeof(Queue<string>),
                typeof(ImmutableHashSet<int>), typeof(Dictionary<string, Line>), typeof(SortedDictionary<int, string>),
                typeof(ImmutableDictionary<string, Line>), typeof(int[,]),
            })
                data.Add(
                    $"{type} in an object",
                    Body([.. Header(typeof(Holder)), .. Header(type), .. claim], typeof(Holder)));
            data.Add(
                "a list in a list",
                Body([.. Header(typeof(List<object>)), 2, 0, 0, 0, 254, 0, 0, .. claim, 0, 0, 0, 0]));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_few_bytes_that_claim_gigabytes_allocate_next_to_nothing(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        Assert.DoesNotContain("its head", Undecodable(bytes), StringComparison.Ordinal);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void Decoding_allocates_at_most_a_small_multiple_of_the_payload()
    {
        const int count = 100_000;
        object[] costly =
        [
            new Mutable { Holes = new int?[count] },
            new Mutable { Numbers = [.. Enumerable.Range(0, count)] },
            new Mutable { Rows = [.. Enumerable.Range(0, count).Select(_ => Array.Empty<int>())] },
            new Mutable { Lines = Enumerable.Range(0, count).ToDictionary(i => $"{i}", i => (Line)null!) },
            new Drawing(ImmutableList.CreateRange(new Shape[count]), null),
            new List<object>(Enumerable.Repeat<object>(null!, count)),
        ];
        foreach (var value in costly)
        {
            Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
            Objects.Decode(body);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Objects.Decode(body);
            var times = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / body.Length;
            Assert.True(times < 100, $"{value.GetType()}: {times:0.0} bytes allocated for each received");
        }
    }

    [Fact]
    public void Bytes_after_the_object_are_undecodable()
    {
        Assert.True(Objects.TryEncode(new Line("a", 1, 1), Limit, out var body, out _));
        Assert.Throws<UndecodablePayloadException>(() =>
            Objects.Decode(new byte[body.Length + 1].Concat(body).ToArray()));
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body.Append((byte)0).ToArray()));
        for (var length = 0; length < body.Length; length++)
            Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body.AsMemory(0, length)));
    }

    [Theory]
    [InlineData(typeof(IDisposable), "concrete types")]
    [InlineData(typeof(Shape), "concrete types")]
    [InlineData(typeof(object), "concrete types")]
    [InlineData(typeof(List<>), "open generic")]
    [InlineData(typeof(Action), "code")]
    [InlineData(typeof(Type), "concrete types")]
    [InlineData(typeof(Exception), "exception")]
    [InlineData(typeof(LinkedList<int>), "collection of its own")]
    [InlineData(typeof(int[,]), "cannot be serialized")]
    public void A_listed_type_that_cannot_be_a_payload_fails_at_start_naming_setting_type_and_reason(
        Type type, string reason)
    {
        var message = Assert.Throws<ArgumentException>(() => new HyperionPayload([type], Depth)).Message;
        Assert.StartsWith("flood.hyperion.types: " + PermittedTypes.NameOf(type), message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_threads_encode_and_decode_at_once_from_the_first_use_on()
    {
        var fresh = new HyperionPayload(Listed, Depth);
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            object value = (i % 3) switch
            {
                0 => Samples.Order(),
                1 => new Chain(i, new Chain(i + 1, null)),
                _ => new Drawing([new Circle(i)], $"{i}"),
            };
            Assert.True(fresh.TryEncode(value, Limit, out var body, out var why), why?.Message);
            Assert.True(fresh.TryEncode(fresh.Decode(body), Limit, out var again, out _));
            Assert.Equal(value is Order ? body.Length : 0, value is Order ? again.Length : 0);
            if (value is not Order)
                Assert.Equal(body, again);
        });
    }

    /// <summary>Hyperion's bytes behind the head that a node would put before them.</summary>
    private static byte[] Body(byte[] value, params Type[] named)
        => HyperionHead.Compose([.. named.Select(type => Permitted.Shapes.Single(shape => shape.Type == type))], value);

    private static string Undecodable(byte[] body) =>
        Assert.Throws<UndecodablePayloadException>(() => Objects.Decode(body)).Message;

    internal static byte[] Header(Type type)
    {
        var stream = new MemoryStream();
        var serializer = new Serializer();
        serializer.GetSerializerByType(type).WriteManifest(stream, serializer.GetSerializerSession());
        return stream.ToArray();
    }

    private static object RoundTrip(object value)
    {
        Assert.True(Objects.TryEncode(value, Limit, out var body, out var why), why?.Message);
        return Objects.Decode(body);
    }

    private static string Refused(object value, RejectReason reason)
    {
        Assert.False(Objects.TryEncode(value, Limit, out _, out var why));
        Assert.Equal(reason, why!.Reason);
        return why.Message;
    }
}
