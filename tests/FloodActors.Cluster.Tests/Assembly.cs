// Most of the time they wait for a cluster to notice something, and do that beside each other.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
