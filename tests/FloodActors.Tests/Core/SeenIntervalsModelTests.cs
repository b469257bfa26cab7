using FloodActors.Core;
using FsCheck.Xunit;

namespace FloodActors.Tests.Core;

/// <summary>Whatever happens, the intervals answer like plain sorted ranges in 128 bits. A failure prints its seed: <c>[Property(Replay = "...")]</c>.</summary>
public class SeenIntervalsModelTests
{
    [Property(Arbitrary = [typeof(SeenStories)], MaxTest = 1000)]
    public void Intervals_answer_like_naive_ranges(SeenStory story)
    {
        var seen = new SeenIntervals(story.MaxCount, story.MaxIntervals, story.MaxAgeMs, story.Salt);
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
                    var result = seen.TryAdd(id, at, model.Now, out var known);
                    Assert.Equal(model.TryAdd(id, at, out var modelKnown), result);
                    Assert.Equal(modelKnown, known);
                    break;
            }

            Assert.Equal(model.Positions.Count, seen.InLog);
            Assert.Equal(model.Origins.Count, seen.Count);
            Assert.Equal(model.Forgotten, seen.ForgottenOrigins);
            Assert.Equal(Int128.Min(model.Closed, long.MaxValue), seen.ClosedGapIds);
            Assert.InRange(seen.Capacity, seen.Count, story.MaxCount);
        }
    }

    private sealed class Model(SeenStory story)
    {
        private long _told;

        public Dictionary<MessageId, long> Positions { get; } = [];

        /// <summary>In the order in which they were refreshed last.</summary>
        public List<Origin> Origins { get; } = [];

        public long Forgotten { get; private set; }

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

        public SeenResult TryAdd(MessageId id, long position, out long known)
        {
            if (Find(id, out known))
                return SeenResult.Duplicate;
            var origin = Origins.Find(other => other.Name == id.High);
            if (origin is null)
            {
                foreach (var silent in Origins.Where(IsSilent).Take(2).ToList())
                {
                    Origins.Remove(silent);
                    Forgotten++;
                }

                if (Origins.Count == story.MaxCount)
                    return SeenResult.Full;
                origin = new Origin(id.High) { Tick = _told / 1024 };
                Origins.Add(origin);
            }

            Add(origin.Ranges, id.Low);
            if (position >= 0)
                Positions.Add(id, position);
            Refresh(origin);
            return SeenResult.New;
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

        private void Add(List<(UInt128 From, UInt128 To)> ranges, ulong number)
        {
            ranges.Add((number, number));
            ranges.Sort();
            for (var i = ranges.Count - 1; i > 0; i--)
            {
                if (ranges[i - 1].To + 1 == ranges[i].From)
                    Merge(ranges, i);
            }

            if (ranges.Count <= story.MaxIntervals)
                return;
            Closed += (Int128)(ranges[1].From - ranges[0].To - 1);
            Merge(ranges, 1);
        }

        private static void Merge(List<(UInt128 From, UInt128 To)> ranges, int index)
        {
            ranges[index - 1] = (ranges[index - 1].From, ranges[index].To);
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

        public long Tick { get; set; }

        public List<(UInt128 From, UInt128 To)> Ranges { get; } = [];
    }
}
