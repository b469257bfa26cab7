using FloodActors.Core;
using FsCheck.Xunit;

namespace FloodActors.Tests.Core;

/// <summary>
/// Whatever happens, the intervals answer like plain sorted ranges in 128 bits. A failure prints its seed:
/// <c>[Property(Replay = "...")]</c>.
/// </summary>
public class SeenIntervalsModelTests
{
    private const ulong Own = 4;

    [Property(Arbitrary = [typeof(SeenStories)], MaxTest = 2000)]
    public void Intervals_answer_like_naive_ranges(SeenStory story)
    {
        var seen = new SeenIntervals(Own, story.MaxCount, story.MaxIntervals, story.MaxAgeMs, story.Salt);
        var model = new Model(story);
        long position = 0;
        foreach (var step in story.Steps)
        {
            var id = new MessageId(step.Origin, step.Number);
            switch (step.Act)
            {
                case SeenAct.Wait:
                    model.Now += step.Ms;
                    break;
                case SeenAct.Disown:
                    seen.Disown(Math.Max(step.Bringer, 0));
                    model.Disown(Math.Max(step.Bringer, 0));
                    break;
                case SeenAct.LeaveLog:
                    seen.LeftLog(id);
                    model.LeftLog(id);
                    break;
                case SeenAct.Ask:
                    var contains = seen.Contains(id, model.Now, out var where);
                    Assert.Equal(model.Find(id, out var expected), contains);
                    Assert.Equal(expected, where);
                    break;
                default:
                    var at = step.Act == SeenAct.AddToLog ? position++ : SeenSet.NoPosition;
                    var result = seen.TryAdd(id, at, model.Now, step.Bringer, out var known);
                    Assert.Equal(model.TryAdd(id, at, step.Bringer, out var modelKnown), result);
                    Assert.Equal(modelKnown, known);
                    break;
            }

            Assert.Equal(model.Positions.Count, seen.InLog);
            Assert.Equal(model.Origins.Count, seen.Count);
            Assert.Equal(model.Forgotten, seen.ForgottenOrigins);
            Assert.Equal(Int128.Min(model.Closed, long.MaxValue), seen.ClosedGapIds);
            Assert.Equal(model.LastForgotten, seen.LastForgotten);
            Assert.InRange(seen.Capacity, seen.Count, story.MaxCount + 1);
        }
    }

    private sealed class Model(SeenStory story)
    {
        private long _told;

        public Dictionary<MessageId, long> Positions { get; } = [];

        /// <summary>In the order in which they were refreshed last.</summary>
        public List<Origin> Origins { get; } = [];

        public long Forgotten { get; private set; }

        public ulong LastForgotten { get; private set; }

        public Int128 Closed { get; private set; }

        public long Now { get; set; }

        public bool Find(MessageId id, out long known)
        {
            _told = Now;
            known = SeenSet.NoPosition;
            if (Origins.Find(origin => origin.Name == id.High) is not { } found)
                return false;
            if (!found.Ranges.Any(range => range.From <= id.Low && id.Low <= range.To))
                return false;
            Refresh(found);
            known = Positions.GetValueOrDefault(id, SeenSet.NoPosition);
            return true;
        }

        public SeenResult TryAdd(MessageId id, long position, int bringer, out long known)
        {
            if (Find(id, out known))
                return SeenResult.Duplicate;
            var origin = Origins.Find(other => other.Name == id.High);
            if (id.Low > SeenIntervals.HighestNumber)
                return SeenResult.TooFarAhead;
            if (origin is not null && id.Low > origin.Ranges[^1].To + SeenIntervals.FarthestAhead)
                return SeenResult.TooFarAhead;
            if (origin is null)
            {
                var others = Origins.FindAll(other => other.Name != Own);
                var free = story.MaxCount - others.Count;
                if (id.High != Own && others.Count(other => bringer >= 0 && other.Bringer == bringer) >= free)
                {
                    var oldest = others.Find(other => !IsInLog(other));
                    if (oldest is null || !IsSilent(oldest))
                        return free == 0 ? SeenResult.Full : SeenResult.ShareFull;
                    Origins.Remove(oldest);
                    Forgotten++;
                    LastForgotten = oldest.Name;
                }

                origin = new Origin(id.High) { Tick = _told / 1024, Bringer = bringer };
                Origins.Add(origin);
            }

            Add(origin.Ranges, id.Low);
            if (position >= 0)
                Positions.Add(id, position);
            Refresh(origin);
            return SeenResult.New;
        }

        public void Disown(int bringer)
        {
            foreach (var origin in Origins.Where(origin => origin.Bringer == bringer))
                origin.Bringer = -1;
        }

        public void LeftLog(MessageId id)
        {
            if (!Positions.Remove(id))
                return;
            var origin = Origins.Find(other => other.Name == id.High)!;
            if (IsInLog(origin))
                return;
            Origins.Remove(origin);
            Origins.Add(origin);
            origin.Tick = _told / 1024;
        }

        private void Add(List<(UInt128 From, UInt128 To, int Came)> ranges, ulong number)
        {
            ranges.Add((number, number, 1));
            ranges.Sort();
            for (var i = ranges.Count - 1; i > 0; i--)
            {
                if (ranges[i - 1].To + 1 == ranges[i].From)
                    Merge(ranges, i, ranges[i - 1].Came + ranges[i].Came);
            }

            if (ranges.Count <= story.MaxIntervals)
                return;
            var below = BelowTheGapToClose([.. ranges.Select(range => range.Came)]);
            Closed += (Int128)(ranges[below + 1].From - ranges[below].To - 1);
            Merge(ranges, below + 1, Math.Max(ranges[below].Came, ranges[below + 1].Came));
        }

        private static int BelowTheGapToClose(int[] came)
        {
            var gaps = Enumerable.Range(0, came.Length - 1).ToList();
            var weightiest = Array.IndexOf(came, came.Max());
            foreach (var gap in gaps)
            {
                if (gap != weightiest && came[(gap + 1)..].Any(above => above >= came[gap]))
                    return gap;
            }

            return gaps.Find(gap => gap != weightiest);
        }

        private static void Merge(List<(UInt128 From, UInt128 To, int Came)> ranges, int index, int came)
        {
            ranges[index - 1] = (ranges[index - 1].From, ranges[index].To, came);
            ranges.RemoveAt(index);
        }

        private bool IsInLog(Origin origin) => Positions.Keys.Any(id => id.High == origin.Name);

        private bool IsSilent(Origin origin)
            => !IsInLog(origin) && _told / 1024 - origin.Tick > Math.Ceiling((decimal)story.MaxAgeMs / 1024);

        private void Refresh(Origin origin)
        {
            if (origin.Tick == _told / 1024)
                return;
            origin.Tick = _told / 1024;
            Origins.Remove(origin);
            Origins.Add(origin);
        }
    }

    private sealed class Origin(ulong name)
    {
        public ulong Name => name;

        public int Bringer { get; set; }

        public long Tick { get; set; }

        public List<(UInt128 From, UInt128 To, int Came)> Ranges { get; } = [];
    }
}
