using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>
/// The sending half: records go into frames, frames into the window, and lost frames are retransmitted.
/// </summary>
internal sealed partial class LinkState
{
    private readonly Queue<Pending> _pending = new();
    private readonly Queue<(long Seq, long Position)> _untakenPositions = new(); // the flood bounds what is not taken
    private readonly RecordWriter _writer;
    private SentFrame[] _sent = new SentFrame[4];
    private int _window;
    private int _pendingBytes;
    private int _underWay;
    private long _nextSeq = 1;
    private long _arrived; // frames up to here need not be retransmitted
    private long _freed; // frames up to here have left the window
    private long _lastPosition; // the flood's log was passed to the link up to here
    private long _ackedPosition;
    private long _ackedReported;
    private long _resentFrom;
    private long _resentTo; // frames that seem lost were sent again up to here
    private long _lostTo; // and are to be up to here
    private int _resends; // so many at a time
    private long _pushed; // the last frame that requested an acknowledgement
    private long _pace; // milliseconds that the last frame took that was sent once, after the one before it
    private bool _confirm;
    private int _backoff;
    private int _sends; // of the oldest frame that has not arrived
    private long _passedAt; // when frames were last seen to get through; at first, when that one was sent
    private long _waitsFrom; // the same, or when the peer was last seen to have more to say
    private long _peerBytes; // of full frames that came since
    private bool _probing; // the oldest frame was sent again, alone
    private long _sentAt; // the last frame
    private bool _asked;
    private bool _lastBatchWasFull;

    /// <summary>The peer has taken all positions of the flood's log before this one.</summary>
    public long AckedPosition => _ackedPosition;

    /// <summary>Bytes that the flood passed to this link and that the peer has not taken.</summary>
    public int UnderWay => _underWay + _pendingBytes;

    /// <summary>The flood's answer to <see cref="ILinkOutput.Ask"/>.</summary>
    /// <param name="records">At least one.</param>
    /// <param name="upTo">The log position that the peer has reached when it has taken them.</param>
    /// <param name="now">Milliseconds of the monotonic clock.</param>
    /// <param name="confirm">As with <see cref="WantAck"/>, for these.</param>
    public void OnRecords(ReadOnlySpan<LinkRecord> records, long upTo, long now, bool confirm = false)
    {
        if (_phase != Phase.Up) return;
        _now = now;
        _confirm |= confirm;
        _asked = false;
        var bytes = 0;
        for (var i = 0; i < records.Length; i++)
        {
            bytes += records[i].Size;
            _pending.Enqueue(new Pending(records[i], i == records.Length - 1 ? upTo : 0));
        }
        _pendingBytes += bytes;
        _lastBatchWasFull = bytes >= _frameLimit;
        Flush();
        AskForMore();
    }

    /// <summary>
    /// Somebody waits for the peer to have everything: what is in flight is to be acknowledged as soon as it is taken.
    /// </summary>
    public void WantAck(long now)
    {
        if (_phase != Phase.Up) return;
        _now = now;
        if (_pending.Count > 0) _confirm = true;
        else if (_pushed < _nextSeq - 1 && _ackedPosition < _lastPosition
            && FramesUnderWay < MaxFrames && !IsResending)
        {
            // An empty frame carries the request.
            _confirm = true;
            SendNextFrame();
        }
    }

    private long FramesUnderWay => _nextSeq - 1 - _freed;

    /// <summary>Whether records that do not fill a frame wait for more.</summary>
    private bool IsGathering => _nextSeq - 1 - _arrived >= SmallFrames && _now - _sentAt < GatherMs;

    private bool FollowsClosely =>
        _nextSeq > SmallFramesPerAck
        && _now - _sent[(_nextSeq - SmallFramesPerAck) & (_sent.Length - 1)].SentAt < CloselyMs;

    /// <summary>
    /// The peer keeps no frame that comes before one that it lacks: until it has that one, new frames wait.
    /// </summary>
    private bool IsResending => _arrived < _lostTo;

    private void Flush()
    {
        while (_pending.Count > 0 && FramesUnderWay < MaxFrames && !IsResending)
        {
            var full = _pendingBytes >= _frameLimit;
            if (!full && IsGathering)
            {
                _output.WakeAt(_sentAt + GatherMs);
                break;
            }
            if (_underWay > 0 && _underWay + Math.Min(_pendingBytes, _frameLimit) > _window) break;
            SendNextFrame();
        }
    }

    private void SendNextFrame()
    {
        var (frame, position) = UseRecords ? RecordsFrame() : EncodedFrame();
        if (FramesUnderWay == _sent.Length) GrowSent();
        _sent[_nextSeq & (_sent.Length - 1)] =
            new SentFrame { Frame = frame, Size = frame.Size, SentAt = _now };
        if (position > _lastPosition)
        {
            _lastPosition = position;
            _untakenPositions.Enqueue((_nextSeq, position));
        }
        if (_arrived + 1 == _nextSeq) FramesPass();
        _underWay += frame.Size;
        _sentAt = _now;
        _nextSeq++;
        Send(frame);
    }

    private (Frame Frame, long Position) RecordsFrame()
    {
        var count = 0;
        var size = 0;
        foreach (var pending in _pending)
        {
            if (count > 0 && size + pending.Record.Size > _frameLimit) break;
            size += pending.Record.Size;
            count++;
        }
        var records = new LinkRecord[count];
        long position = 0;
        for (var i = 0; i < count; i++)
        {
            var pending = _pending.Dequeue();
            records[i] = pending.Record;
            if (pending.Position > 0) position = pending.Position;
        }
        _pendingBytes -= size;
        return (
            new Frame(_peerSession, _nextSeq, SayConfirmed(), Push(size), 0, size) { Records = records },
            position);
    }

    private (Frame Frame, long Position) EncodedFrame()
    {
        _writer.Begin(_frameLimit);
        long position = 0;
        var size = 0;
        while (_pending.TryPeek(out var pending))
        {
            if (!_writer.Write(pending.Record)) break;
            _pending.Dequeue();
            size += pending.Record.Size;
            if (pending.Position > 0) position = pending.Position;
        }
        // A record that is only partly in this frame leaves the queue, and the count, with its last part.
        _pendingBytes -= size;
        var push = Push(_writer.Length);
        return (_writer.ToFrame(_peerSession, _nextSeq, SayConfirmed(), push), position);
    }

    /// <summary>
    /// Whether the next frame requests an acknowledgement: because there would be no room without one, or because
    /// somebody waits for it.
    /// </summary>
    private bool Push(int size)
    {
        var push = _underWay + size >= _window || FramesUnderWay + 1 >= MaxFrames
            || (_pending.Count == 0 && (_confirm || (_nextSeq - _pushed >= SmallFramesPerAck && FollowsClosely)));
        if (!push) return false;
        _pushed = _nextSeq;
        if (_pending.Count == 0) _confirm = false;
        return true;
    }

    private void OnConfirmed(in Confirmed confirmed, AckReason reason)
    {
        var arrived = confirmed.Received;
        // Only sent frames can be acknowledged, and a taken frame has left the window and has arrived.
        if (arrived >= _nextSeq || confirmed.Freed > arrived || confirmed.Taken > confirmed.Freed)
        {
            End(
                LinkEnd.ProtocolError,
                $"confirms frame {Math.Max(arrived, Math.Max(confirmed.Freed, confirmed.Taken))} of {_nextSeq - 1}");
            return;
        }
        var isBack = _probing && arrived > _arrived;
        if (arrived > _arrived)
        {
            _probing = false;
            for (var seq = _arrived + 1; seq <= arrived; seq++) _sent[seq & (_sent.Length - 1)].Frame = null;
            _arrived = arrived;
            // If a frame was sent twice, nobody knows which copy was acknowledged, nor how long that took.
            if (!_sent[arrived & (_sent.Length - 1)].IsResent) (_backoff, _pace) = (0, _now - _passedAt);
            FramesPass();
        }
        else if (reason is AckReason.Repeated)
        {
            FramesPass();
        }
        for (; _freed < confirmed.Freed; _freed++) _underWay -= _sent[(_freed + 1) & (_sent.Length - 1)].Size;
        while (_untakenPositions.TryPeek(out var handed) && handed.Seq <= confirmed.Taken)
        {
            _ackedPosition = handed.Position;
            _untakenPositions.Dequeue();
        }
        if (_phase != Phase.Up) return;
        // The frame arrived, but the peer had no room to keep it.
        if (reason == AckReason.NoRoom)
        {
            FramesPass();
            _backoff = 0;
        }
        if (reason == AckReason.Missing && _arrived + 1 < _nextSeq)
        {
            if (_resentFrom != _arrived + 1) isBack = true;
            // A frame that came without it was sent before, and so precedes the retransmitted ones. Nothing new
            // follows meanwhile, so this ends on a busy link, too.
            _waitsFrom = _now;
        }
        if (isBack) BeginToResend();
        Resend();
        Flush();
        AskForMore();
    }

    /// <summary>
    /// Some frame got through, so the link is alive, however slow it is: the oldest frame that has not arrived may be
    /// queued behind others.
    /// </summary>
    private void FramesPass() => (_sends, _passedAt, _waitsFrom, _peerBytes) = (1, _now, _now, 0);

    /// <summary>
    /// A full frame came, so the peer has more to send, and on a slow link its acknowledgements are queued behind that:
    /// behind no more than a window. To send more, the peer must have received what we sent after the frame that we
    /// wait for. The frames that it retransmits delay its acknowledgements as well, perhaps a few times.
    /// </summary>
    private void PeerIsBusy(int bytes, bool isRepeated)
    {
        if (_peerBytes < _window) _waitsFrom = _now;
        _peerBytes += isRepeated ? bytes / 4 : bytes;
    }

    /// <summary>
    /// Retransmits the oldest frame when it was not acknowledged in time, and the others when it is. Otherwise
    /// a peer that shows signs of life and takes nothing would fill the transport's buffers with many copies of the
    /// window. Returns whether the link continues. As long as frames get through, nothing is retransmitted: on a slow
    /// link that would only delay frames that are still to arrive.
    /// </summary>
    private bool ResendIfDue()
    {
        if (_arrived + 1 >= _nextSeq) return true;
        var patience = Math.Max(_settings.ResendTimeoutMs << Math.Min(_backoff, 10), 2 * _pace);
        var timeout = Math.Min(patience, _settings.PeerTimeoutMs);
        ref var oldest = ref _sent[(_arrived + 1) & (_sent.Length - 1)];
        if (_now - Math.Max(oldest.SentAt, _waitsFrom) < timeout) return true;
        if (_sends >= HopelessSends && _now - _passedAt >= 2 * _settings.PeerTimeoutMs)
        {
            End(
                LinkEnd.FrameLost,
                $"a frame of {oldest.Size} bytes was sent {_sends} times in {_now - _passedAt} ms and never "
                + "confirmed, although the peer answers: "
                + "does something on the way take only smaller ones (akka.remote.dot-netty.tcp.maximum-frame-size on "
                + "both sides)? Lower flood.max-frame");
            return false;
        }
        _backoff++;
        _sends++;
        _probing = true;
        (oldest.SentAt, oldest.IsResent) = (_now, true);
        FramesResent++;
        Send(oldest.Frame!);
        return true;
    }

    private void BeginToResend()
    {
        (_resentFrom, _peerBytes) = (_arrived + 1, 0);
        (_resentTo, _lostTo, _resends) = (_arrived, _nextSeq - 1, 1);
    }

    /// <summary>
    /// Retransmits frames that seem lost: one frame, and twice as many whenever those got through. Perhaps little was
    /// lost, and on a slow link the rest is still in flight: a whole window for each loss would block the link for
    /// minutes.
    /// </summary>
    private void Resend()
    {
        if (!IsResending || _arrived < _resentTo) return;
        // Frames that were not retransmitted have arrived: they were not lost.
        if (_arrived > _resentTo)
        {
            _lostTo = 0;
            return;
        }
        for (var last = Math.Min(_lostTo, _arrived + _resends); _resentTo < last;)
        {
            ref var sent = ref _sent[++_resentTo & (_sent.Length - 1)];
            (sent.SentAt, sent.IsResent) = (_now, true);
            FramesResent++;
            Send(sent.Frame!);
        }
        _resends = Math.Min(2 * _resends, MaxFrames);
    }

    /// <summary>
    /// Shows demand while there is room for a full frame. If the last answer was less than a frame, the flood had no
    /// more. Then the next demand waits until a frame could leave at once, so that the messages that come meanwhile are
    /// sent together.
    /// </summary>
    private void AskForMore()
    {
        if (_phase != Phase.Up) return;
        var room = _window - _underWay - _pendingBytes;
        var hasRoom = !_asked && room >= _frameLimit && FramesUnderWay < MaxFrames;
        if (hasRoom && !_lastBatchWasFull && IsGathering)
        {
            _output.WakeAt(_sentAt + GatherMs);
            hasRoom = false;
        }
        if (hasRoom)
        {
            _asked = true;
            _ackedReported = _ackedPosition;
            _output.Ask(room, _ackedPosition);
        }
        else if (_ackedPosition > _ackedReported && (_underWay == 0 || _asked))
        {
            _ackedReported = _ackedPosition;
            _output.Acked(_ackedPosition);
        }
    }

    private void GrowSent()
    {
        var larger = new SentFrame[_sent.Length * 2];
        for (var seq = _freed + 1; seq < _nextSeq; seq++)
            larger[seq & (larger.Length - 1)] = _sent[seq & (_sent.Length - 1)];
        _sent = larger;
    }

    private readonly record struct Pending(LinkRecord Record, long Position);

    private struct SentFrame
    {
        public Frame? Frame;
        public int Size;
        public long SentAt;
        public bool IsResent;
    }
}
