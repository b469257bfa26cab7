using System.Security.Cryptography;

namespace FloodActors.Actors;

/// <summary>Numbers that nobody can guess.</summary>
internal static class RandomId
{
    public static ulong Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
