using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>A task that the node completes.</summary>
internal sealed class Answer<T>(string flood) : IAnswer<T>
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _source.Task;

    void IAnswer<T>.Answer(T outcome) => _source.TrySetResult(outcome);

    public void GiveUp(string why) => _source.TrySetException(new ObjectDisposedException(flood, why));

    /// <summary>Returns whether there was no outcome yet.</summary>
    public bool Cancel(CancellationToken cancellation) => _source.TrySetCanceled(cancellation);
}
