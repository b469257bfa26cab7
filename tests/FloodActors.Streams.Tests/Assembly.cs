// One after the other: some measure the memory of the whole process, and most start processes of their own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
