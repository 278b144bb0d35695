namespace Understudy.Lab.Worlds;

/// <summary>A host got or lost one of the service addresses.</summary>
/// <param name="At">When we read it from the kernel, on <see cref="LabClock"/>.</param>
/// <param name="Host">Alpha or beta.</param>
/// <param name="Six">The IPv6 address of the duty, or else the IPv4 one.</param>
/// <param name="Has">It has the address from now on, or no longer has it.</param>
public readonly record struct AddressChange(long At, Host Host, bool Six, bool Has);
