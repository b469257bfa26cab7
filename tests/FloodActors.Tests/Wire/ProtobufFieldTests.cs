using FloodActors.Remoting;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Xunit.Abstractions;

namespace FloodActors.Tests.Wire;

public sealed class ProtobufFieldTests(ITestOutputHelper output)
{
    [Fact]
    public void A_field_is_found_as_protobuf_writes_it()
    {
        var message = new Any { TypeUrl = "a type", Value = ByteString.CopyFromUtf8("a value") }.ToByteArray();
        Assert.True(ProtobufField.TryFind(message, 1, out var type));
        Assert.Equal("a type"u8, type.Bytes);
        Assert.True(ProtobufField.TryFind(message, 2, out var value));
        Assert.Equal("a value"u8, value.Bytes);
        Assert.True(ProtobufField.TryFind(message, 3, out var missing));
        Assert.False(missing.Exists);

        foreach (var number in new[] { 1, 127, 128, int.MaxValue, long.MaxValue, -1 })
        {
            Assert.True(ProtobufField.TryFind(new Int64Value { Value = number }.ToByteArray(), 1, out var found));
            Assert.Equal(number, (long)found.Number);
        }
        Assert.True(ProtobufField.TryFind(new DoubleValue { Value = 1.5 }.ToByteArray(), 1, out var eight));
        Assert.Equal(1.5, BitConverter.UInt64BitsToDouble(eight.Number));
        Assert.True(ProtobufField.TryFind(new FloatValue { Value = 1.5f }.ToByteArray(), 1, out var four));
        Assert.Equal(1.5f, BitConverter.UInt32BitsToSingle((uint)four.Number));
    }

    [Theory]
    [InlineData("0A0161" + "0A0162")] // twice: other readers take the last
    [InlineData("0A05")] // ends early
    [InlineData("0AFFFFFFFF0F")] // longer than the message
    [InlineData("0B0C")] // a group
    [InlineData("00")] // no field
    [InlineData("8A0001")] // not the shortest form of a number
    [InlineData("09010203")] // half a number of eight bytes
    [InlineData("0D0102")] // half a number of four
    public void What_can_be_read_in_two_ways_or_in_none_is_an_error(string message) =>
        Assert.False(ProtobufField.TryFind(Convert.FromHexString(message), 1, out _));

    [Fact]
    public void Whatever_the_bytes_it_ends_with_an_answer()
    {
        var random = new RandomInput(output);
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = random.Bytes(60);
            ProtobufField.TryFind(bytes, 1, out _);
            Pdu.TryReadOrigin(bytes, out _, out _);
            Pdu.TryReadMessage(bytes, out _, out _);
        }
    }
}
