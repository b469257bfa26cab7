using System.Runtime.CompilerServices;
using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation.Tests;

/// <summary>
/// The parts of a node that a planted bug must reach. They are private: only whoever breaks a node on purpose has
/// business there.
/// </summary>
internal static class Insides
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_appendsHeld")]
    public static extern ref bool AppendsHeld(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_flushes")]
    public static extern ref List<FlushRow> Flushes(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_peers")]
    public static extern ref List<FlushedPeer> PeersOf(FlushRow row);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_goodbyeBy")]
    public static extern ref long GoodbyeBy(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ContinueLeaving")]
    public static extern void ContinueLeaving(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_targets")]
    public static extern ref List<DialTarget> Targets(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_forPeers")]
    public static extern ref List<(int Count, IAnswer<bool> Answer)> ForPeers(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_subscribers")]
    public static extern ref List<Subscriber> Subscribers(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_listeners")]
    public static extern ref List<ListenerCursor> Listeners(FloodState state);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ForgetRemoval")]
    public static extern void ForgetRemoval(FloodState state, KeyEntry entry);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<SparedEver>k__BackingField")]
    public static extern ref long SparedEver(DueKeys due);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_admission")]
    public static extern ref Admission Admission(Node node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<settings>P")]
    public static extern ref FloodSettings Settings(Admission admission);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_count")]
    public static extern ref int Count(AppendQueue queue);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_bytes")]
    public static extern ref long Bytes(AppendQueue queue);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sends")]
    public static extern ref int Sends(LinkState link);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_added")]
    public static extern ref List<AppendRequest> Added(AppendQueue queue);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_counts")]
    public static extern ref long[] Counts(Refusals refusals);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_told")]
    public static extern ref long[] Told(Refusals refusals);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_reserved")]
    public static extern ref int Reserved(LinkState link);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Author>k__BackingField")]
    public static extern ref Origin Author(FloodMessage message);
}
