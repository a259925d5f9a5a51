namespace EventSourcedMM.Live.Gateway;

/// <summary>The gateway cannot trade, and asking again will not help: keys, permissions, clock or settings. Says what to do; never holds a key.</summary>
public class GatewayException(string what, Exception? cause = null) : Exception(what, cause);

/// <summary>The keys are of another account than the orders of the run: nothing was asked of it, and nothing may be cancelled there.</summary>
public sealed class OtherAccountException(string what) : GatewayException(what);
