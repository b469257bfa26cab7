using FloodActors.Links;

namespace FloodActors.Core;

/// <summary>Every wait has a row, which ends with an outcome, with <see cref="Forget"/>, or with the node.</summary>
internal sealed partial class Node
{
    private readonly List<(int Count, IAnswer<bool> Answer)> _forPeers = [];
    private readonly List<FlushRow> _flushes = [];
    private long _leaveBy;
    private long _goodbyeBy;
    private FlushRow? _leave;
    private string _overReason = "This node has left the flood.";

    /// <summary>Whether something waits for peers to take what they are sent.</summary>
    private bool SomebodyWaits => _flushes.Count > 0 || _appendsHeld || _leaving;

    /// <summary>Answers when at least <paramref name="count"/> links are up.</summary>
    public void WhenConnected(int count, IAnswer<bool> answer, FloodTime at)
    {
        if (!Begin(at))
        {
            answer.GiveUp(_overReason);
            return;
        }
        _forPeers.Add((count, answer));
        AnswerWaitingForPeers();
    }

    /// <summary>
    /// Answers when, for every peer that is linked now, the outcome of all messages that are in the log now is known.
    /// </summary>
    public void Flush(IAnswer<FlushResult> answer, FloodTime at)
    {
        if (!Begin(at))
        {
            answer.GiveUp(_overReason);
            return;
        }
        _flushes.Add(NewRow(answer));
        WantAcks();
        AnswerFlushes();
    }

    /// <summary>
    /// Takes no more messages, gives peers what they are still to get, within <c>leave-timeout</c>, says goodbye, and
    /// ends.
    /// </summary>
    public void Leave(IAnswer<FlushResult> answer, FloodTime at)
    {
        if (!Begin(at))
        {
            answer.GiveUp(_overReason);
            return;
        }
        if (_leave is not null)
        {
            _leave.Answers.Add(answer);
            return;
        }
        _queue.Close(AppendQueue.Left);
        TakeWaitingAppends();
        _leaving = true;
        _leave = NewRow(answer);
        WantAcks();
        foreach (var target in _targets) target.Answer(new ConnectRefused(LinkEnd.Leaving, LeavingReason));
        _targets.Clear();
        // A part of the time is for saying goodbye.
        _leaveBy = at.Now + _settings.LeaveTimeoutMs;
        _goodbyeBy = _leaveBy - Math.Min(500, _settings.LeaveTimeoutMs / 4);
        Settle();
        ContinueLeaving();
    }

    /// <summary>The caller no longer waits.</summary>
    public void Forget(object answer)
    {
        _forPeers.RemoveAll(row => ReferenceEquals(row.Answer, answer));
        _flushes.RemoveAll(row => row.Answers.RemoveAll(a => ReferenceEquals(a, answer)) > 0 && row.Answers.Count == 0);
        _leave?.Answers.RemoveAll(a => ReferenceEquals(a, answer));
        foreach (var target in _targets) target.Waiting.RemoveAll(a => ReferenceEquals(a, answer));
    }

    /// <summary>The number of rows, for tests.</summary>
    public int WaitingRows => _forPeers.Count + _flushes.Count + _targets.Sum(target => target.Waiting.Count);

    private void AnswerWaitingForPeers()
    {
        if (_forPeers.Count == 0) return;
        var up = UpLinks;
        _forPeers.RemoveAll(row =>
        {
            if (row.Count > up) return false;
            row.Answer.Answer(true);
            return true;
        });
    }

    private FlushRow NewRow(IAnswer<FlushResult> answer) => new(
        _state.Log.Next, _state.KeyChanges, answer,
        _links.Where(link => link.IsUp).Select(link => new FlushedPeer(link.Cursor!)));

    private void AnswerFlushes() => _flushes.RemoveAll(row =>
    {
        row.NoteTaken();
        if (!row.IsDone) return false;
        row.Complete();
        return true;
    });

    /// <summary>
    /// The link to a peer is lost: what the peer has not acknowledged by now, it will not acknowledge over this link.
    /// </summary>
    private void EndFlushes(PeerCursor cursor)
    {
        foreach (var row in _flushes) row.LinkEnded(cursor);
        _leave?.LinkEnded(cursor);
    }

    /// <summary>
    /// Each link says goodbye when its peer has everything, or when the time has run out; with the last link the node
    /// has ended.
    /// </summary>
    private void ContinueLeaving()
    {
        if (IsOver) return;
        _leave!.NoteTaken();
        foreach (var link in _links)
        {
            var done = !link.IsUp
                || (link.Demand is not null && link.Cursor!.IsDoneWith(_state.Log.Next, _state.KeyChanges));
            if (done || _at.Now >= _goodbyeBy) Close(link, LinkEnd.Leaving, $"{Name} left the flood");
        }
        if (_links.Count > 0 && _at.Now < _leaveBy) return;
        _leave.Complete();
        End(AppendQueue.Left);
        _output.Left();
    }

    private void GiveUpWaiting(string why)
    {
        _overReason = why;
        foreach (var (_, answer) in _forPeers) answer.GiveUp(why);
        foreach (var row in _flushes)
            foreach (var answer in row.Answers) answer.GiveUp(why);
        // If the node has left, these callers already have their answers.
        foreach (var answer in _leave?.Answers ?? []) answer.GiveUp(why);
        foreach (var target in _targets)
            foreach (var answer in target.Waiting) answer.GiveUp(why);
        _forPeers.Clear();
        _flushes.Clear();
        _targets.Clear();
    }
}

/// <summary>One peer of a flush.</summary>
internal sealed class FlushedPeer(PeerCursor cursor)
{
    // Taken at the start, not at the end: another flush may end before this one, and must not keep this one from
    // telling the same.
    private readonly long _told = cursor.NotGivenTold;

    public PeerCursor Cursor { get; } = cursor;

    public PeerFlush? Outcome { get; private set; }

    public void End(FlushOutcome outcome)
    {
        if (Outcome is not null) return;
        var notGiven = Cursor.NotGiven - _told;
        if (outcome == FlushOutcome.Taken && notGiven > 0) outcome = FlushOutcome.Skipped;
        Outcome = new PeerFlush(Cursor.Id, outcome, notGiven);
        Cursor.NotGivenTold = Cursor.NotGiven;
    }
}

/// <summary>A flush, or a leave, for which somebody waits.</summary>
internal sealed class FlushRow(
    long position, long keyChange, IAnswer<FlushResult> answer, IEnumerable<FlushedPeer> peers)
{
    private readonly List<FlushedPeer> _peers = [.. peers];

    public List<IAnswer<FlushResult>> Answers { get; } = [answer];

    /// <summary>Whether the outcome of all peers is known.</summary>
    public bool IsDone => _peers.TrueForAll(peer => peer.Outcome is not null);

    /// <summary>Checks the peers' progress, and notes those that have taken everything.</summary>
    public void NoteTaken()
    {
        foreach (var peer in _peers)
            if (peer.Outcome is null && peer.Cursor.IsDoneWith(position, keyChange)) peer.End(FlushOutcome.Taken);
    }

    public void LinkEnded(PeerCursor cursor)
    {
        foreach (var peer in _peers)
        {
            if (!ReferenceEquals(peer.Cursor, cursor)) continue;
            peer.End(peer.Cursor.IsDoneWith(position, keyChange) ? FlushOutcome.Taken : FlushOutcome.LinkLost);
        }
    }

    public void Complete()
    {
        foreach (var peer in _peers) peer.End(FlushOutcome.TimedOut);
        var result = new FlushResult([.. _peers.Select(peer => peer.Outcome!)]);
        foreach (var waiting in Answers) waiting.Answer(result);
        Answers.Clear();
    }
}
