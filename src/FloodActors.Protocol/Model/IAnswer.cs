namespace FloodActors;

/// <summary>Somebody who waits for an outcome. Answered once; safe for any thread.</summary>
internal interface IAnswer<in T>
{
    void Answer(T outcome);

    /// <summary>There will be no outcome: the node has ended.</summary>
    void GiveUp(string why);
}
