using System.Runtime.InteropServices;

namespace FloodActors.Host;

/// <summary>
/// SIGTERM, SIGINT and SIGHUP. Until a node has started there is nothing to leave gracefully, and the start may
/// hang: a signal has its default effect. After the start, the first signal asks the node to leave, and the second ends
/// the program at once.
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

    /// <summary>The user asks the node to leave in another way.</summary>
    public void Stop() => _stopped.TrySetResult();

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private PosixSignalRegistration On(PosixSignal signal) =>
        PosixSignalRegistration.Create(signal, context => context.Cancel = _isArmed && _stopped.TrySetResult());
}
