@echo off
rem mm: the command line, as ./mm is on Linux and macOS. Builds it on first use and when its sources changed, then runs it.
rem The build in use is named in artifacts\mm.current and holds a copy of the sources it was built from: robocopy compares
rem them without copying anything (exit code 0: the same).
setlocal EnableExtensions DisableDelayedExpansion
set "root=%~dp0"
set "app="
if exist "%root%artifacts\mm.current" set /p app=<"%root%artifacts\mm.current"
if not defined app goto build
set "app=%root%artifacts\mm-builds\%app%"
if not exist "%app%\mm.exe" goto build
robocopy "%root%src" "%app%\.sources" /MIR /L /XD node_modules /NJH /NJS /NDL /NFL >nul
if errorlevel 1 goto build
robocopy "%root%." "%app%\.settings" Directory.Build.props Directory.Packages.props global.json /L /NJH /NJS /NDL /NFL >nul
if errorlevel 1 goto build

:run
"%app%\mm.exe" %*
exit /b %errorlevel%

:build
where dotnet >nul 2>nul
if errorlevel 1 (
  echo mm: the .NET SDK is missing: install version 10.0 ^(https://dotnet.microsoft.com/download/dotnet/10.0^) 1>&2
  exit /b 2
)
dotnet --list-sdks | findstr /b /r "10\.0\.[1-9]" >nul
if errorlevel 1 (
  echo mm: the .NET SDK 10.0.100 or a later 10.0 is needed ^(https://dotnet.microsoft.com/download/dotnet/10.0^) 1>&2
  exit /b 2
)
echo building mm... 1>&2
set "machine=x64"
if /i "%PROCESSOR_ARCHITECTURE%"=="ARM64" set "machine=arm64"
rem A folder of its own for each build: two first uses at once build twice and disturb nobody.
set "id=%RANDOM%%RANDOM%%RANDOM%"
set "app=%root%artifacts\mm-builds\%id%"
set "work=%root%artifacts\mm-work-%id%"
set "log=%root%artifacts\mm-build-%id%.log"
mkdir "%app%"
if errorlevel 1 (
  echo mm: cannot write to %root%artifacts: the first use builds there 1>&2
  exit /b 2
)
rem Copied before the compiler reads them: a source changed meanwhile differs from its copy.
robocopy "%root%src" "%app%\.sources" /MIR /XD node_modules /NJH /NJS /NDL /NFL >nul
robocopy "%root%." "%app%\.settings" Directory.Build.props Directory.Packages.props global.json /NJH /NJS /NDL /NFL >nul
set "DOTNET_NOLOGO=1"
set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
set "DOTNET_GENERATE_ASPNET_CERTIFICATE=false"
pushd "%root%"
call :publish -p:PublishReadyToRun=true
set "status=%errorlevel%"
if "%status%"=="0" goto published
rem Machine code ahead of time makes the start faster; without its compiler package mm works all the same.
findstr /i /r "crossgen NETSDK1094 NU[0-9][0-9]*" "%log%" >nul
if errorlevel 1 goto failed
call :publish
set "status=%errorlevel%"
if not "%status%"=="0" goto failed

:published
popd
rd /s /q "%work%" 2>nul
del "%log%" 2>nul
echo %id%>"%root%artifacts\mm.current.%id%"
move /y "%root%artifacts\mm.current.%id%" "%root%artifacts\mm.current" >nul
rem A build that still runs cannot be renamed, and stays until a later build finds it idle.
for /d %%d in ("%root%artifacts\mm-builds\*") do if /i not "%%~nxd"=="%id%" ren "%%d" "%%~nxd.old" 2>nul
for /d %%d in ("%root%artifacts\mm-builds\*.old") do rd /s /q "%%d" 2>nul
goto run

:failed
popd
type "%log%" 1>&2
echo mm: the build failed; the log above is also in %log% 1>&2
rd /s /q "%app%" 2>nul
rd /s /q "%work%" 2>nul
exit /b 2

:publish
dotnet publish src\Cli -c Release -r win-%machine% --self-contained false -o "%app%" -v minimal -nodeReuse:false -p:ArtifactsPath="%work%" -p:NuGetAudit=false -p:UseSharedCompilation=false %* >"%log%" 2>&1
exit /b %errorlevel%
