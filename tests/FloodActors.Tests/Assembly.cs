// Most of the time they wait, for a peer to be given up or dialled again, and do that beside each other.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
