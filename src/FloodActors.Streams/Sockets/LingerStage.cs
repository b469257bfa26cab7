using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FloodActors.Streams.Sockets;

/// <summary>
/// Precedes a socket in the stream. It completes only when the socket has taken the last bytes, and fails if that
/// takes too long. Otherwise the socket of a peer that stopped reading would wait for ever.
/// </summary>
internal sealed class LingerStage(TimeSpan patience) : GraphStage<FlowShape<ByteString, ByteString>>
{
    private readonly Inlet<ByteString> _in = new("Linger.in");
    private readonly Outlet<ByteString> _out = new("Linger.out");

    public override FlowShape<ByteString, ByteString> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, patience);

    private sealed class Logic : TimerGraphStageLogic
    {
        private readonly TimeSpan _patience;

        public Logic(LingerStage stage, TimeSpan patience)
            : base(stage.Shape)
        {
            _patience = patience;
            SetHandler(
                stage._in,
                onPush: () => Push(stage._out, Grab(stage._in)),
                onUpstreamFinish: () =>
                {
                    if (IsAvailable(stage._out)) CompleteStage();
                    else ScheduleOnce(nameof(LingerStage), _patience);
                });
            SetHandler(stage._out, onPull: () =>
            {
                if (IsClosed(stage._in)) CompleteStage();
                else Pull(stage._in);
            });
        }

        protected override void OnTimer(object timerKey) =>
            FailStage(new FloodStreamException(
                "", LinkEnd.Timeout,
                $"the other side did not read what was left within {_patience.TotalSeconds} s (flood.peer-timeout)"));
    }
}
