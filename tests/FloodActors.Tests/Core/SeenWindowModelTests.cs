using FloodActors.Core;
using FsCheck.Xunit;

namespace FloodActors.Tests.Core;

/// <summary>
/// Whatever happens, the window answers like a list that is searched from end to end. A failure prints its seed:
/// <c>[Property(Replay = "...")]</c>.
/// </summary>
public class SeenWindowModelTests
{
    [Property(Arbitrary = [typeof(SeenStories)], MaxTest = 1000)]
    public void A_window_answers_like_a_naive_list(SeenStory story)
    {
        var window = new SeenWindow(story.MaxCount, story.MaxAgeMs, story.Salt);
        var model = new Model(story.MaxCount, story.MaxAgeMs);
        long position = 0, added = 0, mostInLog = 0;
        foreach (var step in story.Steps)
        {
            var id = new MessageId(step.Origin & 1, step.Number);
            switch (step.Act)
            {
                case SeenAct.Wait:
                    model.Now += step.Ms;
                    break;
                case SeenAct.Disown:
                    window.Disown(Math.Max(step.Bringer, 0));
                    break;
                case SeenAct.LeaveLog:
                    window.LeftLog(id);
                    model.LeftLog(id);
                    break;
                case SeenAct.Ask:
                    var contains = window.Contains(id, model.Now, out var where);
                    Assert.Equal(model.Find(id, out var expected), contains);
                    Assert.Equal(expected, where);
                    break;
                default:
                    var at = step.Act == SeenAct.AddToLog ? position++ : SeenSet.NoPosition;
                    var result = window.TryAdd(id, at, model.Now, out var known);
                    var isKnown = model.Find(id, out var modelKnown);
                    Assert.Equal(isKnown ? SeenResult.Duplicate : SeenResult.New, result);
                    Assert.Equal(modelKnown, known);
                    if (!isKnown)
                    {
                        model.Add(id, at);
                        added++;
                    }

                    break;
            }

            mostInLog = Math.Max(mostInLog, window.InLog);
            Assert.Equal(model.InLog.Count, window.InLog);
            Assert.Equal(model.EvictedByCount, window.EvictedByCount);
            Assert.Equal(added, window.Count + window.EvictedByCount + window.EvictedByAge);
            Assert.InRange(window.Count, model.InLog.Count + model.Resting.Count, model.InLog.Count + story.MaxCount);
            Assert.InRange(window.Capacity, window.Count, story.MaxCount + mostInLog + mostInLog / 2 + 1);
        }
    }

    private sealed class Model(int maxCount, long maxAgeMs)
    {
        private long _told;

        public Dictionary<MessageId, long> InLog { get; } = [];

        public List<(MessageId Id, long Tick)> Resting { get; } = [];

        public long EvictedByCount { get; private set; }

        public long Now { get; set; }

        // The window learns the time only when it is asked something.
        private long Tick => _told / 1024;

        public bool Find(MessageId id, out long known)
        {
            Learn();
            if (InLog.TryGetValue(id, out known))
                return true;
            known = SeenSet.NoPosition;
            var index = Resting.FindIndex(entry => entry.Id == id);
            if (index < 0)
                return false;
            if (Resting[index].Tick != Tick)
            {
                Resting.RemoveAt(index);
                Resting.Add((id, Tick));
            }

            return true;
        }

        public void Add(MessageId id, long position)
        {
            if (position >= 0)
                InLog.Add(id, position);
            else
                Rest(id);
        }

        public void LeftLog(MessageId id)
        {
            if (InLog.Remove(id))
                Rest(id);
        }

        private void Rest(MessageId id)
        {
            Resting.Add((id, Tick));
            if (Resting.Count <= maxCount)
                return;
            Resting.RemoveAt(0);
            EvictedByCount++;
        }

        private void Learn()
        {
            _told = Now;
            var age = Math.Ceiling((decimal)maxAgeMs / 1024);
            Resting.RemoveAll(entry => Tick - entry.Tick > age);
        }
    }
}
