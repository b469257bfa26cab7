namespace FloodActors.Host.Output;

/// <summary>What a node tells its user. Called from several threads.</summary>
internal interface INodeOutput
{
    void Listening(string name, string address, MessageIdMode messageId);

    /// <summary>The page, metrics and API are being served.</summary>
    void Serving(string url);

    void Happened(FloodEvent happened);

    void Appended(string text, bool isNew);

    void Rejected(string reason);

    /// <summary>A remark for people.</summary>
    void Note(string text);

    void Error(string message);

    void Peers(IReadOnlyList<PeerInfo> peers);

    void Data(FloodData data);

    void Stats(FloodStats stats);

    void Help();
}
