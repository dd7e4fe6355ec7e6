# Puts into an empty Request Tracker what the tests rely on: the queue "Alerts",
# its custom field "alert_key", and the user "vedette" who may work there.
#
# In:  RT's configuration, by RT_SITE_CONFIG. Out: the user's token, on stdout.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;

RT::LoadConfig();
RT::Init();

# Creates one record, or dies saying what could not be created.
sub made {
    my ( $kind, %of ) = @_;
    my $record = "RT::$kind"->new( RT->SystemUser );
    my ( $id, $why ) = $record->Create(%of);
    die "$kind $of{Name}: $why\n" unless $id;
    return $record;
}

my $queue = made( Queue => ( Name => 'Alerts' ) );
my $key = made(
    CustomField => (
        Name       => 'alert_key',
        Type       => 'FreeformSingle',
        LookupType => RT::Ticket->CustomFieldLookupType,
    )
);
$key->AddToObject($queue);

my $user = made(
    User => ( Name => 'vedette', EmailAddress => 'vedette@tests.invalid', Privileged => 1 ) );
my @rights = qw(
    SeeQueue ShowTicket ShowTicketComments CreateTicket CommentOnTicket ReplyToTicket
    ModifyTicket OwnTicket TakeTicket SeeCustomField ModifyCustomField SetInitialCustomField
);
$user->PrincipalObj->GrantRight( Right => $_, Object => $queue ) for @rights;
$user->PrincipalObj->GrantRight( Right => 'ManageAuthTokens', Object => RT->System );

my ( $id, $why, $token ) =
    RT::AuthToken->new( RT->SystemUser )->Create( Owner => $user->id, Description => 'tests' );
die "token: $why\n" unless $id;
print "$token\n";
