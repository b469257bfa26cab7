using System.Runtime.InteropServices;

namespace FloodActors.Host;

/// <summary>
/// SIGTERM, SIGINT and SIGHUP. Until a node has started there is nothing to leave in good order, and a start may hang:
/// a signal does what it does to any program. From then on the first asks the node to leave, and the second ends the
/// program at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private volatile bool _isArmed;

    public StopSignals() => _registrations = [On(PosixSignal.SIGTERM), On(PosixSignal.SIGINT), On(PosixSignal.SIGHUP)];

    /// <summary>Somebody wants the node to leave.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>The node has started.</summary>
    public void Arm() => _isArmed = true;

    /// <summary>The user asks for the same in another way.</summary>
    public void Stop() => _stopped.TrySetResult();

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private PosixSignalRegistration On(PosixSignal signal) =>
        PosixSignalRegistration.Create(signal, context => context.Cancel = _isArmed && _stopped.TrySetResult());
}
