/* What wine 8 leaves out of Windows, so that the agent can be tried under it.
 *
 * Built twice: as bcryptprimitives.dll, of which wine has none, and as pdh.dll, whose
 * functions there end the process. The counters say that there are none. Never shipped.
 */
#include <windows.h>

#ifdef RANDOM
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
    return SystemFunction036(bytes, (ULONG)length);
}
#else
#define NONE(name) __declspec(dllexport) LONG WINAPI name(void) { return (LONG)0x800007D0; } /* PDH_CSTATUS_NO_MACHINE */
NONE(PdhAddEnglishCounterW)
NONE(PdhCloseQuery)
NONE(PdhCollectQueryData)
NONE(PdhEnumObjectsW)
NONE(PdhGetFormattedCounterValue)
NONE(PdhOpenQueryW)
NONE(PdhRemoveCounter)
#endif
