using FloodActors.Payloads;
using FloodActors.Wire;
using FsCheck.Xunit;

namespace FloodActors.Tests.Wire;

public class VarintTests
{
    [Theory]
    [InlineData(0UL, "00"), InlineData(127UL, "7F"), InlineData(128UL, "8001"), InlineData(300UL, "AC02")]
    [InlineData(ulong.MaxValue, "FFFFFFFFFFFFFFFFFF01")]
    public void A_number_has_these_bytes(ulong value, string hex)
    {
        Span<byte> buffer = stackalloc byte[Varint.MaxLength];
        Assert.Equal(hex, Convert.ToHexString(buffer[..Varint.Write(buffer, value)]));
    }

    [Property]
    public void Every_number_travels_in_as_few_bytes_as_its_bits_need(ulong value, byte shift)
    {
        value >>= shift % 64;
        Span<byte> buffer = stackalloc byte[Varint.MaxLength];
        var length = Varint.Write(buffer, value);
        Assert.Equal(Math.Max(1, (64 - System.Numerics.BitOperations.LeadingZeroCount(value) + 6) / 7), length);
        var offset = 0;
        Assert.True(Varint.TryRead(buffer[..length], ref offset, out var read));
        Assert.Equal((value, length), (read, offset));
        for (var cut = 0; cut < length; cut++)
        {
            offset = 0;
            Assert.False(Varint.TryRead(buffer[..cut], ref offset, out _));
        }
    }

    [Property]
    public void Any_bytes_are_one_number_in_its_shortest_form_or_none(byte[] bytes)
    {
        var offset = 0;
        if (!Varint.TryRead(bytes, ref offset, out var value)) return;
        Span<byte> again = stackalloc byte[Varint.MaxLength];
        Assert.Equal(
            Convert.ToHexString(bytes.AsSpan(0, offset)), Convert.ToHexString(again[..Varint.Write(again, value)]));
    }

    [Theory]
    [InlineData(""), InlineData("80"), InlineData("8000"), InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("80808080808080808080"), InlineData("8080808080808080808001")]
    public void What_ends_early_overflows_or_is_padded_is_no_number(string hex)
    {
        var offset = 0;
        Assert.False(Varint.TryRead(Convert.FromHexString(hex), ref offset, out _));
    }

    [Property]
    public void Differences_near_zero_become_small_numbers_and_all_come_back(long value)
    {
        Assert.Equal(value, Varint.UnZigZag(Varint.ZigZag(value)));
        Assert.Equal(long.MinValue, Varint.UnZigZag(Varint.ZigZag(long.MinValue)));
        Assert.Equal((0UL, 1UL, 2UL), (Varint.ZigZag(0), Varint.ZigZag(-1), Varint.ZigZag(1)));
    }
}
