// The types that two versions of an application send each other. The second one is built with NEW.

namespace Trading;

/// <summary>The same in both; only its constructor and the order of its members differ.</summary>
#if NEW
public sealed record Same(int Number, string Text);
#else
public sealed record Same(string Text, int Number);
#endif

/// <summary>A member was added.</summary>
#if NEW
public sealed record Grown(string Symbol, int Lots, decimal Fee);
#else
public sealed record Grown(string Symbol, int Lots);
#endif

/// <summary>A member was removed.</summary>
#if NEW
public sealed record Shrunk(string Symbol);
#else
public sealed record Shrunk(string Symbol, int Lots);
#endif

/// <summary>A member was renamed, and the bytes have the same layout.</summary>
#if NEW
public sealed record Relabelled(decimal Price, decimal Tax);
#else
public sealed record Relabelled(decimal Price, decimal Fee);
#endif

/// <summary>The type was renamed.</summary>
#if NEW
public sealed record NewName(string Text);
#else
public sealed record OldName(string Text);
#endif
