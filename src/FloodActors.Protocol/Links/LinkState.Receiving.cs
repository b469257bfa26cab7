using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>
/// The receiving half: frames in order become records for the flood, and are acknowledged when it has taken them.
/// </summary>
internal sealed partial class LinkState
{
    /// <summary>
    /// Records that may wait for the flood before further frames are taken. Only tiny records reach this number within
    /// a window, and each is an entry of a batch, which costs far more than its bytes.
    /// </summary>
    internal const int MaxUntakenRecords = 32 << 10;

    private readonly RecordReader _reader;
    private readonly SpareBatches _spare;
    private long _expected = 1;
    private long _freedSeq;
    private long _takenSeq;
    private Confirmed _confirmed; // as it was said last
    private long _saidAt; // when that was
    private long _lastTick;
    private long _missingReported;
    private int _reserved; // bytes of the message that has not arrived whole
    private long _reservedAt;
    private long _refusalsSeen;
    private int _untaken;
    private int _untakenRecords;
    private bool _putOff; // a frame was not taken because of these
    private int _unconfirmed; // bytes taken since the last acknowledgement

    /// <summary>Batches kept for reuse.</summary>
    internal int SpareCount => _spare.Count;

    /// <summary>
    /// The flood holds back a batch until the messages that it must not overtake are there. The batch no longer counts
    /// in the window: the missing message may have to come over this very link. <see cref="OnTaken"/> follows.
    /// </summary>
    public void OnHeld(in HeldFrames held, long now)
    {
        if (_phase == Phase.Ended) return;
        _now = now;
        Free(held);
        ConfirmAfter(held.Push);
    }

    /// <summary>The flood has a batch in its log.</summary>
    public void OnTaken(ReceivedBatch batch, long now)
    {
        if (_phase == Phase.Ended) return;
        _now = now;
        // A batch that was held counts twice here: its sender waits for both.
        if (batch.Seq > _freedSeq) Free(new HeldFrames(batch));
        else _unconfirmed += batch.Size;
        _takenSeq = batch.Seq;
        ConfirmAfter(batch.Push);
        _spare.Return(batch);
    }

    private Confirmed Confirmed => new(_expected - 1, _freedSeq, _takenSeq);

    private void Free(in HeldFrames held)
    {
        _freedSeq = held.Seq;
        _untaken -= held.Size;
        _untakenRecords -= held.Count;
        _unconfirmed += held.Size;
    }

    /// <summary>
    /// Acknowledges without a request: after every second full frame, or after many small ones.
    /// </summary>
    private void ConfirmAfter(bool push)
    {
        if (_putOff && _untakenRecords < MaxUntakenRecords)
        {
            _putOff = false;
            Confirm(AckReason.Missing);
            return;
        }
        if (push || _unconfirmed >= Math.Min(_frameLimit, _window / 4)
            || _freedSeq - _confirmed.Freed >= FramesPerAck || _takenSeq - _confirmed.Taken >= FramesPerAck)
            Confirm(AckReason.Due);
    }

    private void OnFrame(Frame frame)
    {
        if (_phase == Phase.Ended) return;
        if (frame.Size >= _frameLimit / 2) PeerIsBusy(frame.Size, isRepeated: frame.Seq < _expected);
        if (frame.Seq != _expected)
        {
            // A repeated frame means that our acknowledgement was lost or is late; a later frame means that one was
            // lost.
            if (frame.Seq < _expected) Confirm(AckReason.Repeated);
            else if (_missingReported != _expected && !_putOff)
            {
                _missingReported = _expected;
                Confirm(AckReason.Missing);
            }
            return;
        }
        if (frame.Bytes is not null && _untaken + frame.Size > _setup.Self.Window + _setup.Self.MaxFrame)
        {
            End(LinkEnd.ProtocolError, $"sent more than the window of {_setup.Self.Window} bytes (flood.window)");
            return;
        }
        // Empty frames count as well: each one waits in the flood's mailbox.
        if (_expected - 1 - _freedSeq >= MaxFrames)
        {
            End(LinkEnd.ProtocolError, $"sent more than {MaxFrames} frames before any was confirmed");
            return;
        }
        if (_untakenRecords >= MaxUntakenRecords)
        {
            _putOff = true;
            return;
        }
        if (!ReserveFor(frame)) return;
        var batch = _spare.Take();
        var problem = frame.Records is not null
            ? _reader.Read(frame.Records, batch)
            : _reader.Read(frame.Bytes.AsMemory(frame.Start), batch);
        if (problem is { } wrong)
        {
            End(wrong.Cause, wrong.Reason);
            return;
        }
        if (_reserved > 0 && _reader.Unfinished == 0) ReleaseReserved();
        if (_reader.Unfinished != _reserved)
        {
            End(
                LinkEnd.ProtocolError,
                $"a message of {_reader.Unfinished} bytes begins in a frame that says {_reserved}");
            return;
        }
        _expected++;
        (batch.Seq, batch.Size, batch.Push) = (frame.Seq, frame.Size, frame.Push);
        _untaken += frame.Size;
        _untakenRecords += batch.Count;
        _output.Deliver(batch);
    }

    /// <summary>
    /// Whether there is room for the message that begins in the frame, if any. If not, the frame counts as not arrived.
    /// </summary>
    private bool ReserveFor(Frame frame)
    {
        if (frame.Opens == 0) return true;
        // If another message begins in this frame, an unfinished one ends in it.
        ReleaseReserved();
        if (frame.Opens > Math.Max(_settings.MaxMessageSize, RecordReader.MaxControl))
        {
            End(
                LinkEnd.MessageTooLarge,
                $"a message of {frame.Opens} bytes exceeds flood.max-message-size ({_settings.MaxMessageSize})");
            return false;
        }
        if (!_setup.Memory.TryReserve(frame.Opens))
        {
            Confirm(AckReason.NoRoom);
            return false;
        }
        (_reserved, _reservedAt, _refusalsSeen) = (frame.Opens, _now, _setup.Memory.Refusals);
        return true;
    }

    private void ReleaseReserved()
    {
        _setup.Memory.Release(_reserved);
        _reserved = 0;
    }

    /// <summary>Whether a message has been unfinished here for long while other links were refused room.</summary>
    private bool IsHoggingMemory()
    {
        if (_reserved == 0 || _setup.Memory.Refusals == _refusalsSeen) return false;
        // Our own window, not the negotiated one: the peer must not choose how long it may take.
        var windows = (_reserved / _settings.Window) + UnfinishedTimeouts;
        return _now - _reservedAt >= windows * _settings.PeerTimeoutMs;
    }

    private void Confirm(AckReason reason) => Send(new Ack(_peerSession, SayConfirmed(), reason));

    /// <summary>The acknowledgement numbers for a message that leaves now.</summary>
    private Confirmed SayConfirmed()
    {
        _confirmed = Confirmed;
        _saidAt = _now;
        _unconfirmed = 0;
        return _confirmed;
    }

    /// <summary>
    /// What has arrived is acknowledged within two ticks even if the flood is slow to take it, so that it is not
    /// retransmitted. While frames go the other way they carry the acknowledgement, and no separate ack is needed.
    /// </summary>
    private bool ConfirmIfDue()
    {
        _missingReported = 0;
        var saidSince = _saidAt > _lastTick;
        _lastTick = _now;
        if (saidSince || _confirmed == Confirmed) return false;
        Confirm(AckReason.Due);
        return true;
    }
}
