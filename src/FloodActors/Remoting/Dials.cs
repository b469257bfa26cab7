using System.Collections.Concurrent;
using Akka.Actor;

namespace FloodActors.Remoting;

/// <summary>The result of the last attempt to reach an address.</summary>
/// <param name="Problem">Why there is no connection, as reported by the transport; null when there is one, or no
/// attempt has ended yet.</param>
/// <param name="Announced">The canonical address of the node there; null when it has not announced it yet.</param>
internal sealed record Dial(string? Problem, Address? Announced)
{
    public static Dial None { get; } = new(null, null);

    /// <summary>
    /// The node answers, but its canonical address is spelt differently. It accepts only messages to that one, so a
    /// dial of this address is never heard.
    /// </summary>
    public bool IsOtherSpelling(Address dialled) =>
        Announced is { } own && (own.Host != dialled.Host || own.Port != dialled.Port || own.System != dialled.System);
}

/// <summary>
/// The addresses that the floods of a system dial, and what <see cref="FloodTransport"/> reports of them. Nothing is
/// kept of other addresses, so strangers cannot fill it.
/// </summary>
internal sealed class Dials : IExtension
{
    private readonly ConcurrentDictionary<(string? Host, int? Port), Entry> _entries = new();

    public static Dials Of(ActorSystem system) => system.WithExtension<Dials, DialsProvider>();

    /// <summary>An address is dialled from now on. Several floods may dial the same.</summary>
    public void Add(Address address) => _entries.AddOrUpdate(
        KeyOf(address), new Entry(1, Dial.None), (_, entry) => entry with { Users = entry.Users + 1 });

    /// <summary>One of the floods that dialled it no longer does.</summary>
    public void Remove(Address address)
    {
        var key = KeyOf(address);
        while (_entries.TryGetValue(key, out var entry))
        {
            var isDone = entry.Users == 1
                ? _entries.TryRemove(new KeyValuePair<(string?, int?), Entry>(key, entry))
                : _entries.TryUpdate(key, entry with { Users = entry.Users - 1 }, entry);
            if (isDone) return;
        }
    }

    /// <summary>The result; null when nobody dials the address.</summary>
    public Dial? Find(Address address) => _entries.TryGetValue(KeyOf(address), out var entry) ? entry.Dial : null;

    public void Connected(Address address, Address announced) => Set(address, new Dial(null, announced));

    /// <returns>Whether that is new for an address that is dialled.</returns>
    public bool Failed(Address address, string problem) => Set(address, new Dial(problem, null));

    private bool Set(Address address, Dial dial)
    {
        var key = KeyOf(address);
        while (_entries.TryGetValue(key, out var entry))
        {
            if (entry.Dial == dial) return false;
            if (_entries.TryUpdate(key, entry with { Dial = dial }, entry)) return true;
        }
        return false;
    }

    // The scheme differs between the layers of a transport: akka.ssl.tcp above, ssl.tcp below.
    private static (string? Host, int? Port) KeyOf(Address address) => (address.Host, address.Port);

    private sealed record Entry(int Users, Dial Dial);
}

/// <inheritdoc cref="Dials"/>
internal sealed class DialsProvider : ExtensionIdProvider<Dials>
{
    public override Dials CreateExtension(ExtendedActorSystem system) => new();
}
