namespace FloodActors.Simulation;

/// <summary>
/// The mail that waits for one actor. It is served in order; which of a process's mailboxes is served next is drawn at
/// random.
/// </summary>
internal abstract class Mailbox(SimProcess process)
{
    /// <summary>
    /// The most messages from elsewhere that may wait: further ones are dropped, as in the actors' mailboxes.
    /// </summary>
    public const int ForeignLimit = 1024;

    private readonly Queue<(Action Work, bool IsForeign)> _mail = new();
    private int _foreign;

    public SimProcess Process { get; } = process;

    public int Waiting => _mail.Count;

    /// <summary>How much mail of its own process waits.</summary>
    public int OwnWaiting => _mail.Count - _foreign;

    /// <summary>The actor is gone: mail that is posted is lost.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether it is in its process's list of mailboxes to serve.</summary>
    public bool IsReady { get; set; }

    /// <summary>It takes no mail for the time being.</summary>
    public virtual bool IsBusy => false;

    /// <summary>Returns whether the mail was taken.</summary>
    public bool Post(Action work, bool isForeign = false)
    {
        if (IsClosed || Process.IsOver || (isForeign && _foreign == ForeignLimit)) return false;
        if (isForeign) _foreign++;
        _mail.Enqueue((work, isForeign));
        Process.MailCame(this);
        return true;
    }

    public void ServeNext()
    {
        var (work, isForeign) = _mail.Dequeue();
        if (isForeign) _foreign--;
        work();
        Served();
    }

    public void Close()
    {
        IsClosed = true;
        _mail.Clear();
    }

    /// <summary>A piece of mail has been handled.</summary>
    protected abstract void Served();
}

/// <summary>One process: a set of mailboxes. Every order in which actors can run may occur.</summary>
internal sealed class SimProcess(SeededRandom random)
{
    private readonly List<Mailbox> _ready = [];
    private bool _isRunning;

    public bool IsFrozen { get; set; }

    /// <summary>The process has ended, and everything in it.</summary>
    public bool IsOver { get; set; }

    public void MailCame(Mailbox mailbox)
    {
        if (mailbox.IsReady || mailbox.IsBusy) return;
        mailbox.IsReady = true;
        _ready.Add(mailbox);
    }

    /// <summary>Serves until there is no mail, or no mailbox that can take it.</summary>
    public void Run()
    {
        if (_isRunning) return;
        _isRunning = true;
        while (!IsOver && !IsFrozen && _ready.Count > 0)
        {
            var mailbox = _ready[_ready.Count == 1 ? 0 : random.Next(_ready.Count)];
            if (mailbox.Waiting > 0) mailbox.ServeNext();
            if (mailbox is { Waiting: > 0, IsBusy: false }) continue;
            mailbox.IsReady = false;
            var at = _ready.IndexOf(mailbox);
            _ready[at] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
        }
        _isRunning = false;
    }
}
