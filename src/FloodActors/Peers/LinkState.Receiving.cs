using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Peers;

/// <summary>The receiving half: frames in order, into records for the flood, confirmed when it has taken them.</summary>
internal sealed partial class LinkState
{
    private readonly RecordReader _reader;
    private readonly SpareBatches _spare = new();
    private long _expected = 1;
    private long _takenSeq;
    private long _confirmedArrived;
    private long _confirmedTaken;
    private long _missingReported;
    private int _untaken;
    private int _unconfirmed; // bytes taken since the last confirmation

    /// <summary>Batches kept to be used again.</summary>
    internal int SpareCount => _spare.Count;

    /// <summary>The flood has a batch in its log.</summary>
    public void OnTaken(ReceivedBatch batch, long now)
    {
        if (_phase == Phase.Ended) return;
        _now = now;
        _takenSeq = batch.Seq;
        _untaken -= batch.Size;
        _unconfirmed += batch.Size;
        var push = batch.Push;
        _spare.Return(batch);
        // Unasked, when a second full frame has been taken, or many small ones.
        if (push || _unconfirmed >= Math.Min(_settings.MaxFrame, _settings.Window / 4) || _takenSeq - _confirmedTaken >= MaxFrames / 4) Confirm(missing: false);
    }

    private void OnFrame(Frame frame)
    {
        if (_phase == Phase.Ended) return;
        if (frame.Seq != _expected)
        {
            // A repeated frame means that our confirmation was lost; a later one, that a frame was.
            if (frame.Seq < _expected) Confirm(missing: false);
            else if (_missingReported != _expected)
            {
                _missingReported = _expected;
                Confirm(missing: true);
            }
            return;
        }
        if (frame.Bytes is not null && _untaken + frame.Size > _settings.Window + _settings.MaxFrame)
        {
            End(LinkEnd.ProtocolError, $"sent more than the window of {_settings.Window} bytes (flood.window)");
            return;
        }
        // Also those that are empty: each waits in the flood's mailbox.
        if (_expected - 1 - _takenSeq >= MaxFrames)
        {
            End(LinkEnd.ProtocolError, $"sent more than {MaxFrames} frames before any was confirmed");
            return;
        }
        var batch = _spare.Take();
        var problem = frame.Records is not null ? _reader.Read(frame.Records, batch) : _reader.Read(frame.Bytes.AsMemory(frame.Start), batch);
        if (problem is { } wrong)
        {
            End(wrong.Cause, wrong.Reason);
            return;
        }
        _expected++;
        (batch.Seq, batch.Size, batch.Push) = (frame.Seq, frame.Size, frame.Push);
        _untaken += frame.Size;
        _output.Deliver(batch);
    }

    private void Confirm(bool missing)
    {
        _confirmedArrived = _expected - 1;
        _confirmedTaken = _takenSeq;
        _unconfirmed = 0;
        Send(new Ack(Session, _confirmedArrived, _confirmedTaken, missing));
    }

    /// <summary>What has arrived is confirmed within a tick even if the flood is slow to take it, so that it is not sent again.</summary>
    private bool ConfirmIfDue()
    {
        _missingReported = 0;
        if (_confirmedArrived == _expected - 1 && _confirmedTaken == _takenSeq) return false;
        Confirm(missing: false);
        return true;
    }
}
