using FloodActors.Core;

namespace FloodActors.Simulation.Tests;

/// <summary>Bugs in what becomes of a message because of what it carries.</summary>
internal static partial class PlantedBugs
{
    /// <summary>What was refused is not remembered, and is asked about again.</summary>
    public sealed class AsksTwice : Mutation
    {
        public override SeenSet SeenSet(SeenSet seen) => new Forgetful(seen);

        private sealed class Forgetful(SeenSet seen) : SeenSet
        {
            public override int Count => seen.Count;

            public override SeenResult TryAdd(in MessageId id, long position, long now, out long known) =>
                TryAdd(id, position, now, NoBringer, out known);

            public override SeenResult TryAdd(in MessageId id, long position, long now, int bringer, out long known)
            {
                known = NoPosition;
                return position == NoPosition ? SeenResult.New : seen.TryAdd(id, position, now, bringer, out known);
            }

            public override void Disown(int bringer) => seen.Disown(bringer);

            public override bool Contains(in MessageId id, long now, out long known) =>
                seen.Contains(id, now, out known);

            public override void LeftLog(in MessageId id) => seen.LeftLog(id);
        }
    }
}
