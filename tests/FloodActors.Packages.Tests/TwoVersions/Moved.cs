// The type was moved to another namespace.
#if NEW
namespace Trading.Model;
#else
namespace Trading;
#endif

public sealed record Moved(string Text);
